// SPDX-License-Identifier: Apache-2.0
// systemd's log of measurements.
#include <span>

#include "contract.hpp"
#include "event-log/userspace_log.hpp"

using namespace asterism;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto events = event_log::parse_userspace_log(as_text(std::as_bytes(std::span{data, size})));
  if (!events) {
    testing::require_refusal(events.error());
    return 0;
  }
  for (const auto& event : *events) {
    testing::require(event.offset < size, "records lie in the file");
    testing::require(event.pcr.has_value() != event.nv_index.has_value(), "a record is for one register");
    testing::require(!event.pcr || *event.pcr < 24, "there are 24 registers");
    for (const auto& [bank, digest] : event.digests)
      testing::require(digest.algorithm() == bank, "digests stand under their bank");
  }
  return 0;
}
