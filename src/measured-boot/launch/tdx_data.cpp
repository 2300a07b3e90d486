// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/tdx_data.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "measured-boot/data_files.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::uint64_t schema_known = 1;
constexpr std::array<std::string_view, 8> values_known{"none", "cfv", "separator", "SecureBoot",
                                                       "PK",   "KEK", "db",        "dbx"};

Result<TdxOrderChoice> decode_order(const Json& row, const std::string& path) {
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(row, path));
  TdxOrderChoice choice;
  ASTERISM_TRY(const auto name, object.string("name"));
  ASTERISM_TRY(choice.reason, object.string("reason"));
  ASTERISM_TRY(choice.source, object.string("source"));
  ASTERISM_CHECK(object.finish());
  for (const auto order : {TdxPageOrder::by_page, TdxPageOrder::by_section}) {
    if (to_string(order) != name) continue;
    choice.order = order;
    return choice;
  }
  return fail(Errc::corrupt, "{}: unknown order '{}'", path, excerpt(name));
}

Result<Rtmr0Event> decode_event(const Json& row, const std::string& path) {
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(row, path));
  Rtmr0Event event;
  ASTERISM_TRY(event.what, object.string("what"));
  ASTERISM_TRY(event.value, object.string("value"));
  ASTERISM_TRY(event.why, object.string("why"));
  ASTERISM_TRY(event.source, object.string("source"));
  ASTERISM_CHECK(object.finish());
  if (!std::ranges::contains(values_known, event.value)) {
    return fail(Errc::corrupt, "{}: unknown value '{}'", path, excerpt(event.value));
  }
  return event;
}

}  // namespace

Result<std::vector<TdxSwitch>> decode_switches(JsonObjectDecoder& root, std::string_view key) {
  ASTERISM_TRY(const auto* rows, root.array(key));
  std::vector<TdxSwitch> switches;
  for (const Json& row : *rows) {
    ASTERISM_TRY(auto object, JsonObjectDecoder::make(row, root.path_of(key)));
    TdxSwitch choice;
    ASTERISM_TRY(choice.name, object.string("name"));
    ASTERISM_TRY(choice.on, object.boolean("on"));
    ASTERISM_TRY(choice.reason, object.string("reason"));
    ASTERISM_TRY(choice.source, object.string("source"));
    ASTERISM_CHECK(object.finish());
    switches.push_back(std::move(choice));
  }
  return switches;
}

Result<TdxData> tdx_data() {
  ASTERISM_TRY(const auto text, data_file("launch/tdx.json"));
  ASTERISM_TRY(const auto json, parse_json(text));
  ASTERISM_TRY(auto root, JsonObjectDecoder::make(json, "tdx.json"));
  ASTERISM_TRY(const auto schema, root.unsigned_integer("schema"));
  if (schema != schema_known) return fail(Errc::unsupported, "tdx.json: version {}", schema);
  TdxData data;
  ASTERISM_TRY(const auto* orders, root.array("page_orders"));
  for (const Json& row : *orders) {
    ASTERISM_TRY(auto choice, decode_order(row, root.path_of("page_orders")));
    data.page_orders.push_back(std::move(choice));
  }
  ASTERISM_TRY(data.separators, decode_switches(root, "separators"));
  ASTERISM_TRY(data.tpms, decode_switches(root, "tpms"));
  ASTERISM_TRY(const auto* events, root.array("rtmr0_events"));
  for (const Json& row : *events) {
    ASTERISM_TRY(auto event, decode_event(row, root.path_of("rtmr0_events")));
    data.rtmr0_events.push_back(std::move(event));
  }
  ASTERISM_CHECK(root.finish());
  return data;
}

}  // namespace asterism::measured_boot
