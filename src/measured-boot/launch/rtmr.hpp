// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "measured-boot/launch/tdx_data.hpp"
#include "measured-boot/prediction.hpp"
#include "measured-boot/stub_model.hpp"

namespace asterism::measured_boot {

/// A register of a TD that software extends.
using RtmrIndex = unsigned;

/// One measurement into a register of a TD.
struct RtmrEvent {
  RtmrIndex rtmr = 0;
  std::string what;
  std::optional<Digest> digest;  ///< SHA-384; nullopt where it depends on the machine
  std::string why;               ///< of RTMR 0: what the digest depends on
};

/// Who measures into the registers of a TD, from the versions that an image states.
struct TdxActors {
  unsigned stub = 0;                    ///< version of systemd-stub
  std::optional<unsigned> boot_loader;  ///< version of systemd-boot; nullopt if the firmware starts the UKI
  bool kernel_measures = true;          ///< Linux 6.9 and later, where there is no TPM
};

/// What the versions in boot loader and UKI tell. @errors those of Uki::parse() and read_boot_loader_version().
[[nodiscard]] Result<TdxActors> tdx_actors(const BootFiles& files);

/// A kernel release ("6.12.1-test") measures to a TD's registers: 6.9 and later. Empty or unreadable counts as such.
[[nodiscard]] bool kernel_measures_to_tdx(std::string_view release);

/// What a boot puts into RTMR 1: the firmware's actions and images, and the disk's GPT.
/// @param boot the events of the TPM prediction: the same measurements, mapped as PCR 2 to 6 are.
/// @param separator_here firmware of edk2-stable202411 and later ends its part of RTMR 1 with a separator.
/// @errors `unsupported` for systemd-boot 261 and later, which measures its own configuration; `internal`.
/// @source EDK2 OvmfPkg/Tcg/TdTcg2Dxe; Intel "TDX Virtual Firmware Design Guide" 344991, section 8.
[[nodiscard]] Result<std::vector<RtmrEvent>> rtmr1_events(std::span<const Event> boot, const TdxActors& actors,
                                                          Bytes gpt_event, bool separator_here);

/// What a boot puts into RTMR 2: PCR 8 to 15 up to the kernel, in the order of the calls. What userspace measures later
/// goes to a TPM alone. systemd up to 255 measures nothing there, 256 to 260 plain events, 261 and later tagged ones
/// too.
/// @source systemd src/boot/measure.c and stub.c, v255 to v261; Linux drivers/firmware/efi/libstub since 6.9.
[[nodiscard]] std::vector<RtmrEvent> rtmr2_events(std::span<const Event> boot, const TdxActors& actors);

/// What OVMF puts into RTMR 0, as the data file lists it, with digests where files tell them.
/// @param configuration_volume the CFV section's bytes.
/// @errors `internal`.
[[nodiscard]] Result<std::vector<RtmrEvent>> rtmr0_events(const std::vector<Rtmr0Event>& list,
                                                          Bytes configuration_volume, SecureBoot state,
                                                          const SecureBootVariables& variables);

/// The register after the events, from zeros. @errors `usage` for an event without a digest; `internal`.
[[nodiscard]] Result<Digest> replay_rtmr(std::span<const RtmrEvent> events);

}  // namespace asterism::measured_boot
