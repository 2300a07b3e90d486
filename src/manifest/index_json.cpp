// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "manifest/decode.hpp"
#include "manifest/index.hpp"

namespace asterism::manifest {
namespace {

constexpr std::size_t index_bytes_max = 4U << 20;

Json version_json(const PublishedVersion& version) {
  return Json::Object{{"name", version.name},
                      {"state", to_string(version.state)},
                      {"serial", version.serial},
                      {"build", version.build.hex()},
                      {"folder", version.folder},
                      {"manifest", to_json(version.manifest)},
                      {"signatures", to_json(version.signatures)},
                      {"documents", to_json(version.documents)}};
}

Result<PublishedVersion> decode_version(JsonObjectDecoder object) {
  PublishedVersion version;
  ASTERISM_TRY(version.name, decode_name(object, "name"));
  ASTERISM_TRY(const auto word, object.string("state"));
  const auto state = parse_lifecycle(word);
  if (!state) return fail(Errc::corrupt, "{}: {}", object.path_of("state"), state.error().message());
  version.state = *state;
  ASTERISM_TRY(version.serial, object.unsigned_integer("serial"));
  if (version.serial == 0) return fail(Errc::corrupt, "{}: serials start at 1", object.path_of("serial"));
  ASTERISM_TRY(version.build, decode_digest(object, "build", HashAlgorithm::sha256));
  ASTERISM_TRY(version.folder, decode_name(object, "folder"));
  ASTERISM_TRY(auto manifest, object.object("manifest"));
  ASTERISM_TRY(version.manifest, decode_artefact(std::move(manifest)));
  ASTERISM_TRY(version.signatures, decode_list(object, "signatures", decode_artefact));
  ASTERISM_CHECK(check_sorted(version.signatures, object.path_of("signatures")));
  ASTERISM_TRY(version.documents, decode_list(object, "documents", decode_artefact));
  ASTERISM_CHECK(check_sorted(version.documents, object.path_of("documents")));
  ASTERISM_CHECK(object.finish());
  return version;
}

Result<> decode_channels(Index& index, JsonObjectDecoder object) {
  for (const auto& [channel, value] : object.members()) {
    if (!is_plain_name(channel)) return fail(Errc::corrupt, "$.channels: '{}' is not a plain name", excerpt(channel));
    ASTERISM_TRY(auto version, decode_name(object, channel));
    const auto listed = std::ranges::find(index.versions, version, &PublishedVersion::name);
    if (listed == index.versions.end() || listed->state == Lifecycle::revoked) {
      return fail(Errc::corrupt, "$.channels: '{}' leads to {}, which is not listed or is revoked", channel, version);
    }
    index.channels.emplace(channel, std::move(version));
  }
  return {};
}

Result<Index> decode_index(JsonObjectDecoder object) {
  Index index;
  ASTERISM_TRY(const auto schema, object.unsigned_integer("schema"));
  if (schema != Index::schema_version) {
    return fail(Errc::unsupported, "$.schema: version {} (known: {})", schema, Index::schema_version);
  }
  ASTERISM_TRY(index.name, decode_name(object, "name"));
  ASTERISM_TRY(index.sequence, object.unsigned_integer("sequence"));
  if (index.sequence == 0) return fail(Errc::corrupt, "$.sequence: sequences start at 1");
  ASTERISM_TRY(index.not_after, decode_time(object, "not_after"));
  ASTERISM_TRY(index.versions, decode_list(object, "versions", decode_version));
  ASTERISM_CHECK(check_sorted(index.versions, "$.versions"));
  ASTERISM_TRY(auto channels, object.object("channels"));
  ASTERISM_CHECK(decode_channels(index, std::move(channels)));
  ASTERISM_CHECK(object.finish());
  return index;
}

}  // namespace

Json to_json(const Index& index) {
  Json::Object channels;
  for (const auto& [channel, version] : index.channels)
    channels[channel] = version;
  Json::Array versions;
  for (const PublishedVersion& version : index.versions)
    versions.push_back(version_json(version));
  return Json::Object{{"schema", Index::schema_version}, {"name", index.name},
                      {"sequence", index.sequence},      {"not_after", format_timestamp(index.not_after)},
                      {"channels", std::move(channels)}, {"versions", std::move(versions)}};
}

Result<Index> parse_index(std::string_view text) {
  ASTERISM_TRY(const auto json, parse_json(text, {.text_bytes = index_bytes_max}), "index");
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(json, "$"), "index");
  ASTERISM_TRY(auto index, decode_index(std::move(object)), "index");
  return index;
}

}  // namespace asterism::manifest
