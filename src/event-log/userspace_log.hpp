// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"

namespace asterism::event_log {

/// One measurement that systemd made from userspace.
struct UserspaceEvent {
  std::uint64_t offset = 0;                   ///< of the record in the file
  std::optional<unsigned> pcr;                ///< none where an NV index was extended
  std::optional<std::uint32_t> nv_index;      ///< an NvPCR
  std::map<HashAlgorithm, Digest> digests;    ///< of the banks that are computed here
  std::string event_type;                     ///< "phase", "machine-id", ...; empty where there is none
  std::string text;                           ///< what was measured, in words, as in the log (not yet printable)
  std::string boot_id;                        ///< 32 hexadecimal digits, or empty
  std::optional<std::uint64_t> timestamp_us;  ///< of CLOCK_BOOTTIME
};

/// Parses systemd's /run/log/systemd/tpm2-measure.log: JSON texts, each behind a record separator (0x1e).
///
/// Of `content`, unknown members are passed over: they are words for people, and no digest depends on them.
/// @errors `corrupt` naming the record's offset for bytes outside records, bad JSON, an impossible register, a digest
/// of
///         the wrong length, or a last record that was not written to its end; `unverified` for unknown fields;
///         `unsupported` for content of another kind than systemd's, more than 16384 records, or more than 4 MiB.
/// @source RFC 7464; systemd 252 to 262, src/shared/tpm2-util.c, tpm2_userspace_log().
[[nodiscard]] Result<std::vector<UserspaceEvent>> parse_userspace_log(std::string_view text);

/// Whether the digest can be computed from the text: not for volume keys, key slots and NvPCRs, whose digests are
/// HMACs.
[[nodiscard]] bool is_digest_of_text(const UserspaceEvent& event);

}  // namespace asterism::event_log
