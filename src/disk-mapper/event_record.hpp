// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/digest.hpp"

namespace asterism::disk_mapper {

/// What was extended, for the log.
struct EventRecord {
  unsigned pcr = 0;
  std::map<HashAlgorithm, Digest> digests;
  std::string text;           ///< what the digests are of
  std::string boot_id;        ///< 32 hexadecimal digits
  std::uint64_t time_us = 0;  ///< since boot, suspended time included
};

/// One record of /run/log/systemd/tpm2-measure.log: a record separator, JSON, a line feed.
/// @source RFC 7464; systemd 257, src/shared/tpm2-util.c (tpm2_userspace_log).
[[nodiscard]] std::string to_log_text(const EventRecord& record);

}  // namespace asterism::disk_mapper
