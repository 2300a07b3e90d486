// SPDX-License-Identifier: Apache-2.0
#include "event-log/userspace_log.hpp"

#include <algorithm>
#include <array>

#include "common/json_decoder.hpp"
#include "event-log/event_log.hpp"

namespace asterism::event_log {
namespace {

constexpr char record_separator = '\x1e';
constexpr unsigned pcr_last = 23;
constexpr std::string_view content_type = "systemd";
// Their digests are keyed.
constexpr std::array<std::string_view, 3> keyed_types{"volume-key", "keyslot", "nvpcr-init"};
constexpr JsonLimits record_limits{.text_bytes = 64U << 10, .depth = 8, .values = 256};

Result<std::map<HashAlgorithm, Digest>> decode_digests(const Json::Array& items) {
  if (items.empty() || items.size() > algorithms_max) {
    return fail(Errc::corrupt, "$.digests: {} digests (1 to {} are possible)", items.size(), algorithms_max);
  }
  std::map<HashAlgorithm, Digest> digests;
  for (std::size_t i = 0; i < items.size(); ++i) {
    ASTERISM_TRY(auto item, JsonObjectDecoder::make(items[i], std::format("$.digests[{}]", i)));
    ASTERISM_TRY(const auto name, item.string("hashAlg"));
    ASTERISM_TRY(const auto text, item.string("digest"));
    ASTERISM_CHECK(item.finish());
    const auto bank = parse_hash_algorithm(name);
    if (!bank) continue;  // SHA-1, SHA-512: nothing here is decided by them
    ASTERISM_TRY(const auto digest, Digest::from_hex(*bank, text), "{}", item.path());
    if (!digests.emplace(*bank, digest).second) {
      return fail(Errc::corrupt, "{}: a second digest of {}", item.path(), to_string(*bank));
    }
  }
  return digests;
}

Result<std::string> optional_string(JsonObjectDecoder& object, std::string_view key) {
  const Json* value = object.optional(key);
  if (!value || value->is_null()) return std::string{};
  const auto* text = value->get_if<std::string>();
  if (!text) return fail(Errc::corrupt, "{}: expected string, found {}", object.path_of(key), value->type_name());
  return *text;
}

Result<> decode_content(JsonObjectDecoder content, UserspaceEvent& event) {
  ASTERISM_TRY(event.text, optional_string(content, "string"));
  ASTERISM_TRY(event.event_type, optional_string(content, "eventType"));
  ASTERISM_TRY(event.boot_id, optional_string(content, "bootId"));
  if (content.optional("timestamp")) {
    ASTERISM_TRY(event.timestamp_us, content.unsigned_integer("timestamp"));
  }
  return {};
}

Result<UserspaceEvent> decode_record(std::string_view text) {
  UserspaceEvent event;
  ASTERISM_TRY(const auto json, parse_json(text, record_limits));
  ASTERISM_TRY(auto record, JsonObjectDecoder::make(json, "$"));
  if (record.optional("pcr")) {
    ASTERISM_TRY(const auto pcr, record.unsigned_integer("pcr", pcr_last));
    event.pcr = static_cast<unsigned>(pcr);
  }
  if (record.optional("nv_index")) {
    ASTERISM_TRY(const auto index, record.unsigned_integer("nv_index", ~std::uint32_t{0}));
    event.nv_index = static_cast<std::uint32_t>(index);
  }
  if (event.pcr.has_value() == event.nv_index.has_value()) {
    return fail(Errc::corrupt, "$: exactly one of pcr and nv_index must be there");
  }
  ASTERISM_TRY(const auto* digests, record.array("digests"));
  ASTERISM_TRY(event.digests, decode_digests(*digests));
  ASTERISM_TRY(const auto kind, record.string("content_type"));
  if (kind != content_type) {
    return fail(Errc::unsupported, "$.content_type: '{}', not '{}'", excerpt(kind), content_type);
  }
  ASTERISM_TRY(auto content, record.object("content"));
  ASTERISM_CHECK(decode_content(std::move(content), event));
  ASTERISM_CHECK(record.finish());
  return event;
}

}  // namespace

Result<std::vector<UserspaceEvent>> parse_userspace_log(std::string_view text) {
  if (text.size() > log_bytes_max) {
    return fail(Errc::unsupported, "the userspace log has {} bytes (limit {})", text.size(), log_bytes_max);
  }
  std::vector<UserspaceEvent> events;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != record_separator) {
      return fail(Errc::corrupt, "the userspace log has no record separator at offset {:#x}", at);
    }
    if (events.size() >= events_max) {
      return fail(Errc::unsupported, "more than {} records, at offset {:#x}", events_max, at);
    }
    const std::size_t end = std::min(text.find(record_separator, at + 1), text.size());
    const std::string_view record = text.substr(at + 1, end - at - 1);
    if (!record.ends_with('\n')) {
      return fail(Errc::corrupt, "the userspace log's record at offset {:#x} was not written to its end", at);
    }
    ASTERISM_TRY(auto event, decode_record(record), "the userspace log's record at offset {:#x}", at);
    event.offset = at;
    events.push_back(std::move(event));
    at = end;
  }
  return events;
}

bool is_digest_of_text(const UserspaceEvent& event) {
  return !event.text.empty() && !std::ranges::contains(keyed_types, event.event_type);
}

}  // namespace asterism::event_log
