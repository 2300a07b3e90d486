// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "event-log/event_log.hpp"
#include "manifest/manifest.hpp"
#include "measured-boot/explain/parts.hpp"
#include "measured-boot/log_files.hpp"
#include "measured-boot/prediction.hpp"

namespace asterism::measured_boot::explain {

/// How an expected event is recognised.
enum class Match : std::uint8_t {
  digest,      ///< by its digest
  any_one,     ///< one event of the part's types; its digest is not known
  any_number,  ///< zero or more events of the part's types
};

/// An event that a register should hold.
struct ExpectedEvent {
  Part part = Part::unknown;
  std::string subject;
  std::string what;
  Stage stage = Stage::firmware;
  Match match = Match::digest;
  std::optional<Digest> digest = {};      ///< set for Match::digest
  std::vector<std::uint32_t> types = {};  ///< of the log's events that can stand here
};

/// What one register should hold.
struct ExpectedRegister {
  std::vector<ExpectedEvent> events;
  std::optional<Digest> value = {};  ///< where it is known though not every digest is
};

/// What a boot should have measured, in one bank.
struct Expectation {
  event_log::RegisterSet registers = event_log::RegisterSet::tpm;
  HashAlgorithm bank = HashAlgorithm::sha256;
  SecureBoot secure_boot = SecureBoot::on;
  std::string name;          ///< of what was predicted, for people
  std::string command_line;  ///< UTF-8, as the kernel should get it
  unsigned stub_version = 0;
  std::map<std::uint32_t, ExpectedRegister> by_register;  ///< by the log's numbers
  std::vector<std::string> notes;
};

/// Which boot is expected.
struct ExpectationOptions {
  event_log::RegisterSet registers = event_log::RegisterSet::tpm;
  HashAlgorithm bank = HashAlgorithm::sha256;
  SecureBoot secure_boot = SecureBoot::on;
  Stage stage = Stage::ready;  ///< how far the boot has come; events behind it are not expected
  bool userspace = true;       ///< false: no log tells of events from userspace, so none are expected
  std::string platform = {};   ///< whose manifest values are used; "qemu" adds PCR 2, 3 and 6
};

/// What the files of an image should measure. With Secure Boot variables in `measurements`, PCR 7 event by event.
/// @param measurements of predict() for the one state and profile that is expected.
/// @errors `unverified` where the image does not start in that state; `internal` from OpenSSL.
[[nodiscard]] Result<Expectation> expect_image(const Measurements& measurements, const ExpectationOptions& options);

/// What a manifest promises. Without its field `kernel`, initrd and inner kernel are judged by the register's value.
/// @param variables of Secure Boot, for PCR 7 event by event; without them it is judged by its value.
/// @errors `not_found` for a platform or state that the manifest has no values for; `unsupported` for a stub version
///         without a model; `internal` from OpenSSL.
[[nodiscard]] Result<Expectation> expect_manifest(const manifest::Manifest& manifest,
                                                  const std::optional<SecureBootVariables>& variables,
                                                  const ExpectationOptions& options);

/// Adds what the log of a good boot on the same platform holds, for the registers that nothing predicts (firmware,
/// machine, partition table; PCR 7 and RTMR 0 where variables were not given).
/// @errors `unverified` for a log of another kind or without the bank.
[[nodiscard]] Result<> add_reference(Expectation& expectation, const BootLogs& reference);

/// Puts predicted events into registers; for TDX through the mapping of PCRs to RTMRs, and only what is measured there.
/// @source EDK2 OvmfPkg/TdTcg2Dxe; systemd 256 to 262, src/boot/measure.c; Linux efi-stub-helper.c.
void place_events(Expectation& expectation, const std::vector<Event>& events, const ExpectationOptions& options);

/// Adds what surrounds the predicted events: PCR 5, with "qemu" PCR 2, 3 and 6; for TDX what RTMR 0 and 1 hold besides.
/// @errors `internal` from OpenSSL.
[[nodiscard]] Result<> add_surroundings(Expectation& expectation, const ExpectationOptions& options);

/// The events of PCR 7 as far as they are known without the variables. @errors `internal` from OpenSSL.
[[nodiscard]] Result<std::vector<ExpectedEvent>> policy_without_variables(SecureBoot state, HashAlgorithm bank);

}  // namespace asterism::measured_boot::explain
