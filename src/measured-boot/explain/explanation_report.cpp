// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/explain/explanation.hpp"

namespace asterism::measured_boot::explain {
namespace {

constexpr unsigned schema_version = 1;
constexpr std::size_t digits_shown = 16;

std::string observed_line(const ObservedEvent& event) {
  return std::format("{} {} at offset {:#x}: {}, digest {}", event.userspace ? "record" : "event", event.number,
                     event.offset, event.type_name, event.digest.hex().substr(0, digits_shown));
}

std::string report_lines(const RegisterReport& report, event_log::RegisterSet set) {
  const Difference& difference = *report.difference;
  const Cause& cause = *report.cause;
  std::string text = std::format("{:<8} {}: {}\n", event_log::register_name(set, report.number),
                                 to_string(difference.kind), cause.component());
  if (difference.expected) {
    const auto& digest = difference.expected->digest;
    text += std::format("{:<8}   expected  {}{}\n", "", printable(difference.expected->what),
                        digest ? ", digest " + digest->hex().substr(0, digits_shown) : std::string{});
  }
  if (difference.observed) {
    text += std::format("{:<8}   found     {}\n{:<8}             {}\n", "", observed_line(*difference.observed), "",
                        difference.observed->text);
  }
  text += std::format("{:<8}   cause     {} ({})\n", "", cause.sentence, cause_info(cause.id).name);
  text += std::format("{:<8}   to do     {}\n", "", cause_info(cause.id).advice);
  return text;
}

Json expected_json(const ExpectedEvent& event) {
  Json::Object object{{"what", printable(event.what)}};
  if (event.digest) object["digest"] = event.digest->hex();
  return object;
}

Json observed_json(const ObservedEvent& event) {
  return Json::Object{{"log", event.userspace ? "userspace" : "firmware"},
                      {"number", event.number},
                      {"offset", event.offset},
                      {"type", event.type_name},
                      {"digest", event.digest.hex()},
                      {"text", event.text}};
}

Json register_json(const RegisterReport& report, event_log::RegisterSet set) {
  Json::Object object{{"register", event_log::register_name(set, report.number)},
                      {"status", report.difference ? "differs" : "agrees"},
                      {"log_value", report.log_value.hex()}};
  if (report.actual) object["actual_value"] = report.actual->hex();
  if (!report.difference) return object;
  Json::Object difference{{"kind", to_string(report.difference->kind)}, {"position", report.difference->position}};
  if (report.difference->expected) difference["expected"] = expected_json(*report.difference->expected);
  if (report.difference->observed) difference["found"] = observed_json(*report.difference->observed);
  object["difference"] = std::move(difference);
  object["component"] = report.cause->component();
  object["part"] = to_string(report.cause->part);
  object["cause"] = cause_info(report.cause->id).name;
  object["sentence"] = report.cause->sentence;
  object["advice"] = cause_info(report.cause->id).advice;
  return object;
}

}  // namespace

std::string explanation_text(const Explanation& explanation, const Expectation& expectation) {
  const auto name = [&](std::uint32_t number) { return event_log::register_name(expectation.registers, number); };
  std::string text = std::format("expected: {}, Secure Boot {}, bank {}\n\n", expectation.name,
                                 to_string(expectation.secure_boot), to_string(expectation.bank));
  std::string agreeing;
  for (const RegisterReport& report : explanation.registers) {
    if (report.difference) {
      text += report_lines(report, expectation.registers);
    } else {
      agreeing += std::format("{}{}", agreeing.empty() ? "" : ", ", name(report.number));
    }
  }
  if (!agreeing.empty()) text += std::format("as expected: {}\n", agreeing);
  std::string others;
  for (const std::uint32_t number : explanation.not_predicted)
    others += std::format("{}{}", others.empty() ? "" : ", ", name(number));
  if (!others.empty())
    text += std::format("not predicted: {} (a --reference log of a good boot compares them)\n", others);
  for (const std::string& note : explanation.notes)
    text += std::format("note: {}\n", note);
  return text;
}

Json explanation_json(const Explanation& explanation, const Expectation& expectation) {
  Json::Array registers;
  for (const RegisterReport& report : explanation.registers)
    registers.push_back(register_json(report, expectation.registers));
  Json::Array others;
  for (const std::uint32_t number : explanation.not_predicted)
    others.emplace_back(event_log::register_name(expectation.registers, number));
  Json::Array notes;
  for (const std::string& note : explanation.notes)
    notes.emplace_back(printable(note));
  return Json::Object{{"schema", schema_version},
                      {"kind", expectation.registers == event_log::RegisterSet::tpm ? "tpm" : "tdx"},
                      {"bank", to_string(expectation.bank)},
                      {"expected", expectation.name},
                      {"secure_boot", to_string(expectation.secure_boot)},
                      {"agrees", explanation.agrees()},
                      {"registers", std::move(registers)},
                      {"not_predicted", std::move(others)},
                      {"notes", std::move(notes)}};
}

}  // namespace asterism::measured_boot::explain
