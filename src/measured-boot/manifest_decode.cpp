// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "common/json_decoder.hpp"
#include "measured-boot/manifest.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::size_t name_bytes_max = 128;
constexpr std::size_t command_line_bytes_max = 4096;

/// Names of files, versions and revisions: letters, digits and a few marks; no path separators, no leading dot.
Result<std::string> decode_name(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(auto text, object.string(key));
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view{"._+~^-"}.contains(c);
  };
  if (text.empty() || text.size() > name_bytes_max || text.starts_with('.') || !std::ranges::all_of(text, allowed)) {
    return fail(Errc::corrupt, "{}: '{}' is not a plain name", object.path_of(key), excerpt(text));
  }
  return text;
}

Result<Digest> decode_digest(JsonObjectDecoder& object, std::string_view key, HashAlgorithm algorithm) {
  ASTERISM_TRY(const auto text, object.string(key));
  ASTERISM_TRY(const auto digest, Digest::from_hex(algorithm, text), "{}", object.path_of(key));
  if (digest.hex() != text) {
    return fail(Errc::corrupt, "{}: hexadecimal digits must be small letters", object.path_of(key));
  }
  return digest;
}

Result<BankDigests> decode_banks(JsonObjectDecoder& object) {
  BankDigests digests;
  for (const HashAlgorithm bank : hash_algorithms) {
    ASTERISM_TRY(digests.of(bank), decode_digest(object, to_string(bank), bank));
  }
  return digests;
}

Result<ImageRecord> decode_image(JsonObjectDecoder object) {
  ImageRecord image;
  ASTERISM_TRY(image.name, decode_name(object, "name"));
  ASTERISM_TRY(image.version, decode_name(object, "version"));
  ASTERISM_TRY(image.size_bytes, object.unsigned_integer("size"));
  ASTERISM_TRY(image.sha256, decode_digest(object, "sha256", HashAlgorithm::sha256));
  ASTERISM_TRY(auto authenticode, object.object("authenticode"));
  ASTERISM_TRY(image.authenticode, decode_banks(authenticode));
  ASTERISM_CHECK(authenticode.finish());
  ASTERISM_CHECK(object.finish());
  return image;
}

Result<InputRecord> decode_input(JsonObjectDecoder object) {
  InputRecord input;
  ASTERISM_TRY(input.name, decode_name(object, "name"));
  ASTERISM_TRY(input.sha256, decode_digest(object, "sha256", HashAlgorithm::sha256));
  ASTERISM_CHECK(object.finish());
  return input;
}

Result<ArtefactRecord> decode_artefact(JsonObjectDecoder object) {
  ArtefactRecord artefact;
  ASTERISM_TRY(artefact.name, decode_name(object, "name"));
  ASTERISM_TRY(artefact.size_bytes, object.unsigned_integer("size"));
  ASTERISM_TRY(artefact.sha256, decode_digest(object, "sha256", HashAlgorithm::sha256));
  ASTERISM_CHECK(object.finish());
  return artefact;
}

Result<SectionRecord> decode_section(JsonObjectDecoder object) {
  SectionRecord section;
  ASTERISM_TRY(section.name, object.string("name"));
  const std::string_view rest = std::string_view{section.name}.substr(std::min<std::size_t>(section.name.size(), 1));
  if (!section.name.starts_with('.') || rest.empty() || rest.size() > 7 ||
      !std::ranges::all_of(rest, [](char c) { return c >= 'a' && c <= 'z'; })) {
    return fail(Errc::corrupt, "{}: '{}' is not a section of a UKI", object.path_of("name"), excerpt(section.name));
  }
  ASTERISM_TRY(section.measured, object.boolean("measured"));
  ASTERISM_TRY(section.size_bytes, object.unsigned_integer("size"));
  ASTERISM_TRY(section.digests, decode_banks(object));
  ASTERISM_CHECK(object.finish());
  return section;
}

/// Decodes each element of an array.
template <class Record>
Result<std::vector<Record>> decode_list(JsonObjectDecoder& object, std::string_view key,
                                        Result<Record> (*decode)(JsonObjectDecoder)) {
  ASTERISM_TRY(const auto* array, object.array(key));
  std::vector<Record> records;
  for (std::size_t i = 0; i < array->size(); ++i) {
    ASTERISM_TRY(auto element, JsonObjectDecoder::make((*array)[i], std::format("{}[{}]", object.path_of(key), i)));
    ASTERISM_TRY(auto record, decode(std::move(element)));
    records.push_back(std::move(record));
  }
  return records;
}

template <class Record>
Result<> check_sorted(const std::vector<Record>& records, const std::string& path) {
  for (std::size_t i = 1; i < records.size(); ++i) {
    if (records[i - 1].name >= records[i].name) {
      return fail(Errc::corrupt, "{}[{}]: '{}' must come once and in order", path, i, records[i].name);
    }
  }
  return {};
}

Result<std::map<SecureBoot, BankValues>> decode_states(JsonObjectDecoder states) {
  std::map<SecureBoot, BankValues> decoded;
  for (const SecureBoot state : {SecureBoot::on, SecureBoot::off, SecureBoot::absent}) {
    const std::string key = std::format("secure_boot_{}", to_string(state));
    if (!states.optional(key)) continue;
    ASTERISM_TRY(auto banks, states.object(key));
    ASTERISM_TRY(auto values, decode_bank_values(std::move(banks)));
    decoded.emplace(state, std::move(values));
  }
  ASTERISM_CHECK(states.finish());
  if (decoded.empty()) return fail(Errc::corrupt, "{}: no state of Secure Boot", states.path());
  return decoded;
}

Result<> decode_measurements(Manifest& manifest, JsonObjectDecoder measurements) {
  for (const std::string_view platform : platforms) {
    ASTERISM_TRY(auto object, measurements.object(platform));
    ASTERISM_TRY(auto states, decode_states(std::move(object)));
    manifest.measurements.emplace(platform, std::move(states));
  }
  return measurements.finish();
}

Result<> decode_header(Manifest& manifest, JsonObjectDecoder& object) {
  ASTERISM_TRY(const auto schema, object.unsigned_integer("schema"));
  if (schema != Manifest::schema_version) {
    return fail(Errc::unsupported, "$.schema: version {} (known: {})", schema, Manifest::schema_version);
  }
  ASTERISM_TRY(manifest.name, decode_name(object, "name"));
  ASTERISM_TRY(manifest.version, decode_name(object, "version"));
  ASTERISM_TRY(manifest.locked, object.boolean("locked"));
  ASTERISM_TRY(manifest.revision, decode_name(object, "revision"));
  ASTERISM_TRY(manifest.command_line, object.string("command_line"));
  if (manifest.command_line.size() > command_line_bytes_max) {
    return fail(Errc::corrupt, "$.command_line: longer than {} bytes", command_line_bytes_max);
  }
  ASTERISM_TRY(auto verity, object.object("verity"));
  ASTERISM_TRY(manifest.root_hash, decode_digest(verity, "root_hash", HashAlgorithm::sha256));
  return verity.finish();
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text) {
  ASTERISM_TRY(const auto json, parse_json(text), "manifest");
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(json, "$"), "manifest");
  Manifest manifest;
  ASTERISM_CHECK(decode_header(manifest, object), "manifest");
  ASTERISM_TRY(manifest.inputs, decode_list(object, "inputs", decode_input), "manifest");
  ASTERISM_CHECK(check_sorted(manifest.inputs, "$.inputs"), "manifest");
  ASTERISM_TRY(manifest.artefacts, decode_list(object, "artefacts", decode_artefact), "manifest");
  ASTERISM_CHECK(check_sorted(manifest.artefacts, "$.artefacts"), "manifest");
  ASTERISM_TRY(manifest.sections, decode_list(object, "sections", decode_section), "manifest");
  ASTERISM_TRY(auto uki, object.object("uki"), "manifest");
  ASTERISM_TRY(manifest.uki, decode_image(std::move(uki)), "manifest");
  if (object.optional("boot_loader")) {
    ASTERISM_TRY(auto loader, object.object("boot_loader"), "manifest");
    ASTERISM_TRY(manifest.boot_loader, decode_image(std::move(loader)), "manifest");
  }
  ASTERISM_TRY(auto measurements, object.object("measurements"), "manifest");
  ASTERISM_CHECK(decode_measurements(manifest, std::move(measurements)), "manifest");
  ASTERISM_CHECK(object.finish(), "manifest");
  return manifest;
}

}  // namespace asterism::measured_boot
