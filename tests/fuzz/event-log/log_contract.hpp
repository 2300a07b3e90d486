// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "contract.hpp"
#include "event-log/data_check.hpp"
#include "event-log/decode.hpp"
#include "event-log/facts_json.hpp"
#include "event-log/replay.hpp"
#include "event-log/review.hpp"

namespace asterism::testing {

/// What holds for every log that a parser accepted.
inline void check_log(const event_log::EventLog& log, Bytes input) {
  using namespace event_log;
  require(log.size_bytes <= input.size(), "a log ends inside its file");
  require(!log.spec.algorithms.empty() && log.spec.algorithms.size() <= algorithms_max, "algorithms are bounded");
  std::uint64_t last = 0;
  for (const LoggedEvent& event : log.events) {
    require(event.offset > last && event.offset < log.size_bytes, "records come in order");
    last = event.offset;
    require(inside(event.data, input), "data lies in the file");
    require(event.digests.size() == log.spec.algorithms.size(), "every bank has a digest");
    for (const LoggedDigest& digest : event.digests)
      require(inside(digest.bytes, input), "digests lie in the file");
    const Facts facts = decode(event, log.spec.uintn_size == 1 ? 4 : 8);
    const std::string text = to_text(facts);
    require(printable(text) == text && text.size() < 1000, "facts are one printable line");
    require(!to_json(facts).to_text().empty(), "facts are JSON");
    require(check_data(event).has_value(), "data can be checked");
  }
  const auto remarks = review(log);
  require(remarks.has_value(), "every log can be reviewed");
  for (const Remark& remark : *remarks)
    require(!remark.event || *remark.event < log.events.size(), "remarks name events");
  const auto banks = replay(log);
  if (!banks) return require_refusal(banks.error());
  for (const auto& [bank, registers] : *banks)
    require(registers.size() <= 24, "there are 24 registers");
}

}  // namespace asterism::testing
