// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/replay_report.hpp"

#include "event-log/data_check.hpp"
#include "event-log/decode.hpp"
#include "event-log/event_type.hpp"
#include "event-log/facts_json.hpp"
#include "event-log/replay.hpp"
#include "event-log/review.hpp"

namespace asterism::measured_boot {
namespace {

using event_log::EventLog;
using event_log::LoggedEvent;
using event_log::RegisterSet;
using event_log::UserspaceEvent;

constexpr unsigned schema_version = 1;

std::size_t uintn_bytes(const EventLog& log) {
  return log.spec.uintn_size == 1 ? 4 : 8;
}

/// Whether digest and text of a userspace event agree; nothing where the digest is keyed.
Result<std::string_view> check_userspace(const UserspaceEvent& event) {
  if (event.digests.empty()) return "unchecked";
  if (!event_log::is_digest_of_text(event)) return "not-in-log";
  for (const auto& [bank, digest] : event.digests) {
    ASTERISM_TRY(const auto computed, hash(bank, as_bytes(event.text)));
    if (computed != digest) return "contradicts";
  }
  return "agrees";
}

std::string place_of(const UserspaceEvent& event) {
  return event.pcr ? register_name(RegisterSet::tpm, *event.pcr) : std::format("NV {:#010x}", *event.nv_index);
}

Json digests_json(const LoggedEvent& event) {
  Json::Object digests;
  for (const auto& digest : event.digests)
    digests[event_log::algorithm_name(digest.algorithm)] = to_hex(digest.bytes);
  return digests;
}

Result<Json> event_json(const EventLog& log, std::size_t number) {
  const LoggedEvent& event = log.events[number];
  ASTERISM_TRY(const auto check, event_log::check_data(event));
  const auto facts = event_log::decode(event, uintn_bytes(log));
  return Json{Json::Object{{"number", number},
                           {"offset", event.offset},
                           {"register", register_name(log.registers, event.register_number)},
                           {"type", event_log::event_type_name(event.type)},
                           {"digests", digests_json(event)},
                           {"data_check", to_string(check)},
                           {"facts", to_json(facts)},
                           {"text", to_text(facts)}}};
}

Result<Json> userspace_json(const UserspaceEvent& event) {
  ASTERISM_TRY(const auto check, check_userspace(event));
  Json::Object digests;
  for (const auto& [bank, digest] : event.digests)
    digests[std::string{to_string(bank)}] = digest.hex();
  return Json{Json::Object{{"offset", event.offset},
                           {"register", place_of(event)},
                           {"type", printable(event.event_type)},
                           {"text", printable(event.text)},
                           {"digests", std::move(digests)},
                           {"data_check", check}}};
}

Json banks_json(const event_log::ReplayedBanks& banks, RegisterSet set) {
  Json::Object result;
  for (const auto& [bank, registers] : banks) {
    Json::Object values;
    for (const auto& [number, value] : registers)
      values[register_name(set, number)] = value.hex();
    result[std::string{to_string(bank)}] = std::move(values);
  }
  return result;
}

Json header_json(const EventLog& log) {
  Json::Array algorithms;
  for (const auto& algorithm : log.spec.algorithms)
    algorithms.emplace_back(event_log::algorithm_name(algorithm.id));
  return Json::Object{{"platform_class", log.spec.platform_class},
                      {"version", std::format("{}.{}", log.spec.version_major, log.spec.version_minor)},
                      {"errata", log.spec.errata},
                      {"algorithms", std::move(algorithms)},
                      {"size", log.size_bytes}};
}

Json remarks_json(const std::vector<event_log::Remark>& remarks) {
  Json::Array array;
  for (const auto& remark : remarks) {
    Json::Object object{{"oddity", to_string(remark.oddity)}, {"offset", remark.offset}, {"text", remark.text}};
    if (remark.event) object["event"] = *remark.event;
    array.emplace_back(std::move(object));
  }
  return array;
}

Result<std::string> event_line(const EventLog& log, std::size_t number) {
  const LoggedEvent& event = log.events[number];
  ASTERISM_TRY(const auto check, event_log::check_data(event));
  const auto banks = event_log::computable_banks(log);
  std::string digest = "-";
  if (!banks.empty()) {
    ASTERISM_TRY(const auto strongest, event_log::digest_of(event, banks.front()));
    digest = strongest.hex().substr(0, 16);
  }
  return std::format("{:>4}  {:<11} {:<33} {}  {:<12} {}\n", number,
                     register_name(log.registers, event.register_number), event_log::event_type_name(event.type),
                     digest, to_string(check), to_text(event_log::decode(event, uintn_bytes(log))));
}

Result<std::string> userspace_lines(const std::vector<UserspaceEvent>& events) {
  std::string text;
  for (const UserspaceEvent& event : events) {
    ASTERISM_TRY(const auto check, check_userspace(event));
    const std::string digest = event.digests.empty() ? "-" : event.digests.rbegin()->second.hex().substr(0, 16);
    text += std::format("   -  {:<11} {:<33} {}  {:<12} '{}'\n", place_of(event),
                        "systemd " + excerpt(event.event_type), digest, check, excerpt(event.text));
  }
  return text;
}

}  // namespace

Result<std::string> replay_table(const BootLogs& logs) {
  const EventLog& log = logs.log;
  ASTERISM_TRY(const auto banks, event_log::replay(log, logs.userspace));
  ASTERISM_TRY(const auto remarks, event_log::review(log));
  std::string text =
      std::format("{} log, {} events, {} bytes, algorithms:", log.registers == RegisterSet::tpm ? "TPM" : "TDX",
                  log.events.size(), log.size_bytes);
  for (const auto& algorithm : log.spec.algorithms)
    text += " " + event_log::algorithm_name(algorithm.id);
  text += "\n\n";
  for (std::size_t number = 0; number < log.events.size(); ++number) {
    ASTERISM_TRY(const auto line, event_line(log, number));
    text += line;
  }
  ASTERISM_TRY(const auto userspace, userspace_lines(logs.userspace));
  text += userspace;
  for (const auto& remark : remarks) {
    text += remark.event
                ? std::format("\nnote: event {} at offset {:#x}: {}", *remark.event, remark.offset, remark.text)
                : std::format("\nnote: {}", remark.text);
  }
  text += remarks.empty() ? "\n" : "\n\n";
  for (const auto& [bank, registers] : banks) {
    for (const auto& [number, value] : registers)
      text += std::format("{}  {:<7} {}\n", to_string(bank), register_name(log.registers, number), value.hex());
  }
  if (banks.empty()) text += "no register computed: the log has neither SHA-256 nor SHA-384\n";
  return text;
}

Result<Json> replay_json(const BootLogs& logs) {
  const EventLog& log = logs.log;
  ASTERISM_TRY(const auto banks, event_log::replay(log, logs.userspace));
  ASTERISM_TRY(const auto remarks, event_log::review(log));
  Json::Array events;
  for (std::size_t number = 0; number < log.events.size(); ++number) {
    ASTERISM_TRY(auto event, event_json(log, number));
    events.push_back(std::move(event));
  }
  Json::Array userspace;
  for (const UserspaceEvent& event : logs.userspace) {
    ASTERISM_TRY(auto one, userspace_json(event));
    userspace.push_back(std::move(one));
  }
  return Json{Json::Object{{"schema", schema_version},
                           {"kind", log.registers == RegisterSet::tpm ? "tpm" : "tdx"},
                           {"header", header_json(log)},
                           {"events", std::move(events)},
                           {"userspace", std::move(userspace)},
                           {"banks", banks_json(banks, log.registers)},
                           {"remarks", remarks_json(remarks)}}};
}

}  // namespace asterism::measured_boot
