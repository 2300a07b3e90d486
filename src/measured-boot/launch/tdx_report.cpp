// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/tdx_report.hpp"

#include <algorithm>

namespace asterism::measured_boot {
namespace {

constexpr unsigned schema_version = 1;

std::vector<LaunchAlternative> alternatives_of(const TdxReport& report) {
  std::vector<LaunchAlternative> alternatives;
  alternatives.reserve(report.mrtd.size());
  for (const MrtdValue& value : report.mrtd) {
    alternatives.push_back({.kind = "page_order",
                            .name = std::string{to_string(value.choice.order)},
                            .reason = value.choice.reason,
                            .source = value.choice.source});
  }
  for (const TdxSwitch& choice : report.circumstances) {
    alternatives.push_back(
        {.kind = "circumstance", .name = choice.name, .reason = choice.reason, .source = choice.source});
  }
  return alternatives;
}

Result<> add_value(TdxReport& report, RtmrValue value) {
  const bool whole = std::ranges::all_of(value.events, [](const RtmrEvent& e) { return e.digest.has_value(); });
  if (whole) {
    ASTERISM_TRY(value.digest, replay_rtmr(value.events));
  }
  report.rtmrs.push_back(std::move(value));
  return {};
}

Json event_json(const RtmrEvent& event) {
  Json::Object object{{"what", printable(event.what)}, {"predictable", event.digest.has_value()}};
  if (event.digest) object["sha384"] = event.digest->hex();
  if (!event.why.empty()) object["why"] = event.why;
  return object;
}

}  // namespace

Result<> add_rtmrs(TdxReport& report, const TdxData& data, const Measurements& measurements, const TdxActors& actors,
                   Bytes configuration_volume, const SecureBootVariables& variables, Bytes gpt_event) {
  for (const Prediction& boot : measurements.predictions) {
    RtmrValue base;
    base.secure_boot = boot.secure_boot;
    base.profile = boot.profile;
    RtmrValue value = base;
    ASTERISM_TRY(value.events, rtmr0_events(data.rtmr0_events, configuration_volume, boot.secure_boot, variables));
    ASTERISM_CHECK(add_value(report, value));
    for (const TdxSwitch& separator : data.separators) {
      if (gpt_event.empty()) break;
      value = base;
      value.rtmr = 1;
      value.circumstance = separator.name;
      ASTERISM_TRY(value.events, rtmr1_events(boot.events, actors, gpt_event, separator.on));
      ASTERISM_CHECK(add_value(report, value));
    }
    for (const TdxSwitch& tpm : data.tpms) {
      value = base;
      value.rtmr = 2;
      value.circumstance = tpm.name;
      TdxActors present = actors;
      present.kernel_measures = actors.kernel_measures && tpm.on;
      value.events = rtmr2_events(boot.events, present);
      ASTERISM_CHECK(add_value(report, value));
    }
    value = base;
    value.rtmr = 3;
    ASTERISM_CHECK(add_value(report, value));
  }
  report.circumstances.insert(report.circumstances.end(), data.separators.begin(), data.separators.end());
  report.circumstances.insert(report.circumstances.end(), data.tpms.begin(), data.tpms.end());
  return {};
}

std::string tdx_table(const TdxReport& report, bool with_events) {
  std::string text = files_table(report.files) + "\n";
  for (const MrtdValue& value : report.mrtd)
    text += std::format("MRTD    {:<11} {}\n", to_string(value.choice.order), value.digest.hex());
  for (const RtmrValue& value : report.rtmrs) {
    text += std::format("RTMR {}  {:<11} Secure Boot {}, profile {}: {}\n", value.rtmr, value.circumstance,
                        to_string(value.secure_boot), value.profile,
                        value.digest ? value.digest->hex() : "depends on the machine, see --events");
    if (!with_events) continue;
    for (const RtmrEvent& event : value.events) {
      text += std::format("          {:<58} {}\n", printable(event.what),
                          event.digest ? event.digest->hex() : "not predictable: " + event.why);
    }
  }
  text += "\nWhat tells them apart\n" + alternatives_table(alternatives_of(report));
  for (const std::string& note : report.notes)
    text += std::format("\nNote: {}\n", note);
  return text;
}

Json tdx_json(const TdxReport& report) {
  Json::Array mrtd;
  for (const MrtdValue& value : report.mrtd) {
    mrtd.push_back(Json::Object{{"page_order", to_string(value.choice.order)}, {"measurement", value.digest.hex()}});
  }
  Json::Array rtmrs;
  for (const RtmrValue& value : report.rtmrs) {
    Json::Array events;
    for (const RtmrEvent& event : value.events)
      events.push_back(event_json(event));
    Json::Object row{{"rtmr", value.rtmr},
                     {"secure_boot", to_string(value.secure_boot)},
                     {"profile", value.profile},
                     {"events", std::move(events)}};
    if (!value.circumstance.empty()) row["circumstance"] = value.circumstance;
    if (value.digest) row["measurement"] = value.digest->hex();
    rtmrs.push_back(std::move(row));
  }
  Json::Array notes;
  for (const std::string& note : report.notes)
    notes.emplace_back(note);
  return Json::Object{{"schema", schema_version},  {"files", files_json(report.files)},
                      {"mrtd", std::move(mrtd)},   {"rtmrs", std::move(rtmrs)},
                      {"notes", std::move(notes)}, {"alternatives", alternatives_json(alternatives_of(report))}};
}

}  // namespace asterism::measured_boot
