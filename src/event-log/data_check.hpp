// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "common/digest.hpp"
#include "event-log/event_log.hpp"

namespace asterism::event_log {

/// Whether an event's data may be believed as far as its digest is.
enum class DataCheck : std::uint8_t {
  agrees,        ///< the digest is of this data, in every bank that can be computed here
  contradicts,   ///< for this type the digest must be of the data, and is not
  not_in_log,    ///< the digest is of something that the log does not hold (an image, a blob, a table)
  not_extended,  ///< EV_NO_ACTION: no register holds it
  unchecked,     ///< the log has neither SHA-256 nor SHA-384
};

/// "agrees", "contradicts", "not-in-log", "not-extended" or "unchecked".
[[nodiscard]] std::string_view to_string(DataCheck check) noexcept;

/// Compares data and digests by the rules of the type.
///
/// Always of the data: EV_SEPARATOR, EV_ACTION, EV_EFI_ACTION, EV_S_CRTM_VERSION, EV_EFI_GPT_EVENT, driver
/// configuration, authority and SPDM policy variables, EV_OMIT_BOOT_DEVICE_EVENTS. Of the variable's value, or of the
/// whole structure: EV_EFI_VARIABLE_BOOT and BOOT2. Of anything at all: the rest; there, `agrees` is given where it
/// fits the data as a whole, without its NUL, as a tag's content, behind the prefix that GRUB writes, or as the name of
/// a section that systemd-stub measures, and `not_in_log` elsewhere.
/// @errors `internal` from OpenSSL.
/// @source TCG PC Client Platform Firmware Profile 1.06, section 10.4; EDK2 SecurityPkg/Tcg/Tcg2Dxe.
[[nodiscard]] Result<DataCheck> check_data(const LoggedEvent& event);

/// The digest as a Digest, where the algorithm is one that is computed here (SHA-256, SHA-384) and the event has it.
/// @errors `not_found` if it has not.
[[nodiscard]] Result<Digest> digest_of(const LoggedEvent& event, HashAlgorithm bank);

/// The TPM's number of an algorithm.
[[nodiscard]] constexpr std::uint16_t algorithm_id(HashAlgorithm bank) noexcept {
  return bank == HashAlgorithm::sha256 ? algorithm_sha256 : algorithm_sha384;
}

}  // namespace asterism::event_log
