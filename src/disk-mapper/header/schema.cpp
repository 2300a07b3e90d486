// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/header/schema.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "common/base64.hpp"
#include "common/json_decoder.hpp"
#include "disk-mapper/header/copy.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::uint64_t slots_start = metadata_bytes;
constexpr std::uint64_t slots_end = header_bytes;
constexpr std::size_t digest_bytes = 32;
constexpr std::size_t mac_bytes = 32;
constexpr JsonLimits limits{.text_bytes = json_area_bytes, .depth = 8, .values = 600};

/// A decimal number without sign, leading zero or anything behind it, as LUKS2 writes 64-bit numbers.
std::optional<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text.starts_with('0')) return std::nullopt;
  return value;
}

Result<> exact(JsonObjectDecoder& object, std::string_view key, std::string_view expected) {
  ASTERISM_TRY(const auto found, object.string(key));
  if (found != expected)
    return fail(Errc::unverified, "{} is '{}', not '{}'", object.path_of(key), excerpt(found), expected);
  return {};
}

Result<> exact(JsonObjectDecoder& object, std::string_view key, std::uint64_t expected) {
  ASTERISM_TRY(const auto found, object.unsigned_integer(key));
  if (found != expected) return fail(Errc::unverified, "{} is {}, not {}", object.path_of(key), found, expected);
  return {};
}

Result<std::uint64_t> number_text(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(const auto text, object.string(key));
  const auto value = decimal(text);
  if (!value) return fail(Errc::unverified, "{} is '{}', no number", object.path_of(key), excerpt(text));
  return *value;
}

Result<> check_iterations(JsonObjectDecoder& object) {
  ASTERISM_TRY(const auto found, object.unsigned_integer("iterations"));
  if (found < min_iterations || found > max_iterations) {
    return fail(Errc::unverified, "{} is {}, not {} to {}", object.path_of("iterations"), found, min_iterations,
                max_iterations);
  }
  return {};
}

Result<> check_base64(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(const auto text, object.string(key));
  const auto bytes = from_base64(text);
  if (!bytes || bytes->size() != digest_bytes)
    return fail(Errc::unverified, "{} is not {} bytes in base64", object.path_of(key), digest_bytes);
  return {};
}

Result<unsigned> slot_number(std::string_view text, std::string_view where) {
  const auto number = decimal(text);
  if (!number || *number >= max_key_slots) {
    return fail(Errc::unverified, "{} names key slot '{}', not one of 0 to {}", where, excerpt(text),
                max_key_slots - 1);
  }
  return static_cast<unsigned>(*number);
}

Result<std::set<unsigned>> slot_numbers(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(const auto* const list, object.array(key));
  std::set<unsigned> numbers;
  for (const Json& entry : *list) {
    const auto* const text = entry.get_if<std::string>();
    if (!text) return fail(Errc::corrupt, "{} holds a value of type {}", object.path_of(key), entry.type_name());
    ASTERISM_TRY(const auto number, slot_number(*text, object.path_of(key)));
    if (!numbers.insert(number).second)
      return fail(Errc::unverified, "{} names key slot {} twice", object.path_of(key), number);
  }
  return numbers;
}

Result<std::uint64_t> read_area(JsonObjectDecoder area) {
  ASTERISM_CHECK(exact(area, "type", "raw"));
  ASTERISM_CHECK(exact(area, "encryption", data_cipher));
  ASTERISM_CHECK(exact(area, "key_size", 64));
  ASTERISM_TRY(const auto offset, number_text(area, "offset"));
  ASTERISM_TRY(const auto size, number_text(area, "size"));
  ASTERISM_CHECK(area.finish());
  if (size != key_slot_area_bytes)
    return fail(Errc::unverified, "{} is {}, not {}", area.path_of("size"), size, key_slot_area_bytes);
  if (offset % 4096 != 0 || offset < slots_start || offset > slots_end - size) {
    return fail(Errc::unverified, "{} is {}: outside of the key slots' area {} to {}, or not a multiple of 4096",
                area.path_of("offset"), offset, slots_start, slots_end);
  }
  return offset;
}

Result<KeySlot> read_slot(JsonObjectDecoder slot) {
  ASTERISM_CHECK(exact(slot, "type", "luks2"));
  ASTERISM_CHECK(exact(slot, "key_size", volume_key_bytes));
  ASTERISM_TRY(auto af, slot.object("af"));
  ASTERISM_CHECK(exact(af, "type", "luks1"));
  ASTERISM_CHECK(exact(af, "stripes", 4000));
  ASTERISM_CHECK(exact(af, "hash", "sha256"));
  ASTERISM_CHECK(af.finish());
  ASTERISM_TRY(auto kdf, slot.object("kdf"));
  ASTERISM_CHECK(exact(kdf, "type", "pbkdf2"));
  ASTERISM_CHECK(exact(kdf, "hash", "sha256"));
  ASTERISM_CHECK(check_iterations(kdf));
  ASTERISM_CHECK(check_base64(kdf, "salt"));
  ASTERISM_CHECK(kdf.finish());
  ASTERISM_TRY(auto area, slot.object("area"));
  ASTERISM_TRY(const auto offset, read_area(std::move(area)));
  ASTERISM_CHECK(slot.finish());
  return KeySlot{.offset_bytes = offset, .role = SlotRole::recovery};
}

Result<std::map<unsigned, KeySlot>> read_slots(JsonObjectDecoder slots) {
  std::map<unsigned, KeySlot> found;
  for (const auto& [name, value] : slots.members()) {
    ASTERISM_TRY(const auto number, slot_number(name, slots.path()));
    ASTERISM_TRY(auto decoder, JsonObjectDecoder::make(value, slots.path_of(name)));
    ASTERISM_TRY(const auto slot, read_slot(std::move(decoder)));
    for (const auto& [other, taken] : found) {
      const auto distance =
          std::max(slot.offset_bytes, taken.offset_bytes) - std::min(slot.offset_bytes, taken.offset_bytes);
      if (distance < key_slot_area_bytes) return fail(Errc::unverified, "key slots {} and {} overlap", other, number);
    }
    found.emplace(number, slot);
  }
  if (found.empty()) return fail(Errc::unverified, "no key slots");
  return found;
}

Result<> check_segments(JsonObjectDecoder segments) {
  if (segments.members().size() != 1) return fail(Errc::unverified, "{} segments, not 1", segments.members().size());
  ASTERISM_TRY(auto segment, segments.object("0"));
  ASTERISM_CHECK(exact(segment, "type", "crypt"));
  ASTERISM_CHECK(exact(segment, "offset", std::format("{}", header_bytes)));
  ASTERISM_CHECK(exact(segment, "size", "dynamic"));
  ASTERISM_CHECK(exact(segment, "iv_tweak", "0"));
  ASTERISM_CHECK(exact(segment, "encryption", data_cipher));
  ASTERISM_CHECK(exact(segment, "sector_size", data_sector_bytes));
  ASTERISM_TRY(auto integrity, segment.object("integrity"));
  ASTERISM_CHECK(exact(integrity, "type", data_integrity));
  ASTERISM_CHECK(exact(integrity, "journal_encryption", "none"));
  ASTERISM_CHECK(exact(integrity, "journal_integrity", "none"));
  ASTERISM_CHECK(integrity.finish());
  return segment.finish();
}

Result<> check_digests(JsonObjectDecoder digests, const std::map<unsigned, KeySlot>& slots) {
  if (digests.members().size() != 1) return fail(Errc::unverified, "{} digests, not 1", digests.members().size());
  ASTERISM_TRY(auto digest, digests.object("0"));
  ASTERISM_CHECK(exact(digest, "type", "pbkdf2"));
  ASTERISM_CHECK(exact(digest, "hash", "sha256"));
  ASTERISM_CHECK(check_iterations(digest));
  ASTERISM_CHECK(check_base64(digest, "salt"));
  ASTERISM_CHECK(check_base64(digest, "digest"));
  ASTERISM_TRY(const auto numbers, slot_numbers(digest, "keyslots"));
  if (numbers.size() != slots.size() || !std::ranges::all_of(numbers, [&](unsigned n) { return slots.contains(n); }))
    return fail(Errc::unverified, "{} are not the key slots that there are", digest.path_of("keyslots"));
  ASTERISM_TRY(const auto* const segments, digest.array("segments"));
  if (segments->size() != 1 || segments->front() != Json{"0"})
    return fail(Errc::unverified, "{} is not [\"0\"]", digest.path_of("segments"));
  return digest.finish();
}

Result<> read_token(JsonObjectDecoder tokens, Metadata& metadata) {
  if (tokens.members().size() != 1) return fail(Errc::unverified, "{} tokens, not 1", tokens.members().size());
  ASTERISM_TRY(auto token, tokens.object("0"));
  ASTERISM_CHECK(exact(token, "type", token_type));
  ASTERISM_TRY(const auto* const assigned, token.array("keyslots"));
  if (!assigned->empty()) return fail(Errc::unverified, "{} is not empty", token.path_of("keyslots"));
  ASTERISM_TRY(metadata.generation, number_text(token, "generation"));
  if (metadata.generation == 0) return fail(Errc::unverified, "{} is 0", token.path_of("generation"));
  ASTERISM_TRY(const auto node_slots, slot_numbers(token, "node_slots"));
  if (node_slots.size() > max_node_slots) return fail(Errc::unverified, "{} key slots of the node", node_slots.size());
  for (const unsigned number : node_slots) {
    const auto slot = metadata.slots.find(number);
    if (slot == metadata.slots.end())
      return fail(Errc::unverified, "{} names key slot {}, which there is not", token.path_of("node_slots"), number);
    slot->second.role = SlotRole::node;
  }
  ASTERISM_TRY(metadata.sealed, token.string("sealed"));
  if (metadata.sealed.size() > max_sealed_characters || printable(metadata.sealed) != metadata.sealed) {
    return fail(Errc::unverified, "{} is not at most {} characters of printable text", token.path_of("sealed"),
                max_sealed_characters);
  }
  ASTERISM_TRY(const auto mac, token.string("mac"));
  auto bytes = from_hex(mac);
  if (!bytes || bytes->size() != mac_bytes || to_hex(*bytes) != mac)
    return fail(Errc::unverified, "{} is not {} bytes in lower-case hexadecimal", token.path_of("mac"), mac_bytes);
  metadata.mac = *std::move(bytes);
  return token.finish();
}

Result<Metadata> decode(const Json& document) {
  ASTERISM_TRY(auto root, JsonObjectDecoder::make(document, "$"));
  ASTERISM_TRY(auto config, root.object("config"));
  ASTERISM_CHECK(exact(config, "json_size", std::format("{}", json_area_bytes)));
  ASTERISM_CHECK(exact(config, "keyslots_size", std::format("{}", slots_end - slots_start)));
  ASTERISM_CHECK(config.finish());

  Metadata metadata;
  ASTERISM_TRY(auto slots, root.object("keyslots"));
  ASTERISM_TRY(metadata.slots, read_slots(std::move(slots)));
  ASTERISM_TRY(auto segments, root.object("segments"));
  ASTERISM_CHECK(check_segments(std::move(segments)));
  ASTERISM_TRY(auto digests, root.object("digests"));
  ASTERISM_CHECK(check_digests(std::move(digests), metadata.slots));
  ASTERISM_TRY(auto tokens, root.object("tokens"));
  ASTERISM_CHECK(read_token(std::move(tokens), metadata));
  ASTERISM_CHECK(root.finish());
  return metadata;
}

}  // namespace

std::string_view to_string(SlotRole role) noexcept {
  return role == SlotRole::node ? "node" : "recovery";
}

std::vector<std::uint64_t> area_offsets(const Metadata& metadata) {
  std::vector<std::uint64_t> offsets;
  for (const auto& [number, slot] : metadata.slots)
    offsets.push_back(slot.offset_bytes);
  return offsets;
}

Result<Metadata> read_metadata(std::string_view json) {
  ASTERISM_TRY(const auto document, parse_json(json, limits));
  ASTERISM_TRY(auto metadata, decode(document));
  // libcryptsetup wants nothing around the object, where JSON allows white space.
  if (!json.starts_with('{') || !json.ends_with('}'))
    return fail(Errc::unverified, "white space before or behind the JSON object");
  return metadata;
}

Result<std::string> text_without_mac(std::string_view json) {
  ASTERISM_TRY(auto document, parse_json(json, limits));
  ASTERISM_CHECK(decode(document));
  // decode() has seen the objects on the way.
  auto& tokens = *document.get_if<Json::Object>()->at("tokens").get_if<Json::Object>();
  tokens.at("0").get_if<Json::Object>()->erase("mac");
  return document.to_text();
}

std::string token_json(const Metadata& metadata) {
  Json::Array node_slots;
  for (const auto& [number, slot] : metadata.slots)
    if (slot.role == SlotRole::node) node_slots.emplace_back(std::format("{}", number));
  const std::vector<std::byte> none(mac_bytes);
  return Json{Json::Object{{"type", token_type},
                           {"keyslots", Json::Array{}},
                           {"generation", std::format("{}", metadata.generation)},
                           {"node_slots", std::move(node_slots)},
                           {"sealed", metadata.sealed},
                           {"mac", to_hex(metadata.mac.empty() ? none : metadata.mac)}}}
      .to_text();
}

}  // namespace asterism::disk_mapper
