// SPDX-License-Identifier: Apache-2.0
#include "manifest/launch.hpp"

#include <algorithm>
#include <span>
#include <tuple>

#include "manifest/decode.hpp"

namespace asterism::manifest {
namespace {

constexpr Technology technologies[] = {Technology::sev, Technology::sev_es, Technology::snp, Technology::tdx};
constexpr LaunchRegister registers[] = {LaunchRegister::measurement, LaunchRegister::mrtd,  LaunchRegister::rtmr0,
                                        LaunchRegister::rtmr1,       LaunchRegister::rtmr2, LaunchRegister::rtmr3};
constexpr std::size_t condition_key_bytes_max = 32;
constexpr std::size_t condition_value_bytes_max = 128;
constexpr std::size_t reason_bytes_max = 512;

auto order(const LaunchRecord& record) {
  return std::tie(record.platform, record.technology, record.name, record.conditions);
}

/// The enumerator that a field names.
template <class Enum>
Result<Enum> decode_word(JsonObjectDecoder& object, std::string_view key, std::span<const Enum> known) {
  ASTERISM_TRY(const auto word, object.string(key));
  const auto found = std::ranges::find(known, word, [](Enum value) { return to_string(value); });
  if (found == known.end()) return fail(Errc::unverified, "{}: '{}' is not known", object.path_of(key), excerpt(word));
  return *found;
}

Result<std::map<std::string, std::string, std::less<>>> decode_conditions(JsonObjectDecoder object) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  std::map<std::string, std::string, std::less<>> conditions;
  for (const auto& [key, value] : object.members()) {
    if (key.empty() || key.size() > condition_key_bytes_max || !std::ranges::all_of(key, allowed)) {
      return fail(Errc::corrupt, "{}: '{}' is no name of a condition", object.path(), excerpt(key));
    }
    ASTERISM_TRY(auto text, decode_line(object, key, condition_value_bytes_max));
    conditions.emplace(key, std::move(text));
  }
  return conditions;
}

Result<std::vector<Digest>> decode_values(JsonObjectDecoder& object, HashAlgorithm algorithm) {
  ASTERISM_TRY(const auto* array, object.array("values"));
  std::vector<Digest> values;
  std::string before;
  for (const Json& item : *array) {
    const auto* text = item.get_if<std::string>();
    if (!text) return fail(Errc::corrupt, "{}: expected strings", object.path_of("values"));
    ASTERISM_TRY(const auto digest, Digest::from_hex(algorithm, *text), "{}", object.path_of("values"));
    if (digest.hex() != *text || *text <= before) {
      return fail(Errc::corrupt, "{}: values must be in small letters, each once and in order",
                  object.path_of("values"));
    }
    before = *text;
    values.push_back(digest);
  }
  if (values.empty()) return fail(Errc::corrupt, "{}: there is no value", object.path_of("values"));
  return values;
}

Result<LaunchRecord> decode_record(JsonObjectDecoder object) {
  LaunchRecord record;
  ASTERISM_TRY(record.platform, object.string("platform"));
  if (!std::ranges::contains(platforms, record.platform)) {
    return fail(Errc::unverified, "{}: '{}' is not known", object.path_of("platform"), excerpt(record.platform));
  }
  ASTERISM_TRY(record.technology, decode_word<Technology>(object, "technology", technologies));
  ASTERISM_TRY(record.name, decode_word<LaunchRegister>(object, "register", registers));
  if ((record.technology == Technology::tdx) == (record.name == LaunchRegister::measurement)) {
    return fail(Errc::corrupt, "{}: {} has no register {}", object.path(), to_string(record.technology),
                to_string(record.name));
  }
  ASTERISM_TRY(auto conditions, object.object("conditions"));
  ASTERISM_TRY(record.conditions, decode_conditions(std::move(conditions)));
  ASTERISM_TRY(record.values, decode_values(object, launch_algorithm(record.technology)));
  ASTERISM_TRY(record.reason, decode_line(object, "reason", reason_bytes_max));
  ASTERISM_CHECK(object.finish());
  return record;
}

}  // namespace

std::string_view to_string(Technology technology) noexcept {
  switch (technology) {
    case Technology::sev:
      return "sev";
    case Technology::sev_es:
      return "sev-es";
    case Technology::snp:
      return "snp";
    case Technology::tdx:
      return "tdx";
  }
  return "unknown";
}

std::string_view to_string(LaunchRegister name) noexcept {
  constexpr std::string_view names[] = {"measurement", "mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3"};
  return names[static_cast<std::size_t>(name)];
}

HashAlgorithm launch_algorithm(Technology technology) noexcept {
  const bool old = technology == Technology::sev || technology == Technology::sev_es;
  return old ? HashAlgorithm::sha256 : HashAlgorithm::sha384;
}

void sort_launch(std::vector<LaunchRecord>& records) {
  for (LaunchRecord& record : records) {
    std::ranges::sort(record.values, {}, &Digest::hex);
    const auto again = std::ranges::unique(record.values);
    record.values.erase(again.begin(), again.end());
  }
  std::ranges::sort(records, [](const auto& a, const auto& b) { return order(a) < order(b); });
}

Json to_json(const std::vector<LaunchRecord>& records) {
  Json::Array array;
  for (const LaunchRecord& record : records) {
    Json::Array values;
    for (const Digest& value : record.values)
      values.emplace_back(value.hex());
    Json::Object conditions;
    for (const auto& [key, value] : record.conditions)
      conditions[key] = value;
    array.push_back(Json::Object{{"platform", record.platform},
                                 {"technology", to_string(record.technology)},
                                 {"register", to_string(record.name)},
                                 {"conditions", std::move(conditions)},
                                 {"values", std::move(values)},
                                 {"reason", record.reason}});
  }
  return array;
}

Result<std::vector<LaunchRecord>> decode_launch(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(auto records, decode_list(object, key, decode_record));
  for (std::size_t i = 1; i < records.size(); ++i) {
    if (!(order(records[i - 1]) < order(records[i]))) {
      return fail(Errc::corrupt, "{}[{}]: records must come once and in order", object.path_of(key), i);
    }
  }
  return records;
}

}  // namespace asterism::manifest
