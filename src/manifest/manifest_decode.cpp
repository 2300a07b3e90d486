// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "common/json_decoder.hpp"
#include "manifest/decode.hpp"
#include "manifest/manifest.hpp"

namespace asterism::manifest {
namespace {

constexpr std::size_t command_line_bytes_max = 4096;
constexpr std::size_t salt_bytes_max = 256;

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
  return {};
}

Result<> check_block_size(std::uint64_t bytes, const std::string& path) {
  if (bytes < 512 || bytes > 65536 || !std::has_single_bit(bytes)) {
    return fail(Errc::corrupt, "{}: {} is no power of two from 512 to 65536", path, bytes);
  }
  return {};
}

Result<VerityTree> decode_tree(JsonObjectDecoder object) {
  VerityTree tree;
  ASTERISM_TRY(tree.data, decode_name(object, "data"));
  ASTERISM_TRY(tree.hash_tree, decode_name(object, "hash_tree"));
  ASTERISM_TRY(const auto algorithm, object.string("algorithm"));
  if (algorithm != "sha256") {
    return fail(Errc::unsupported, "{}: '{}' (known: sha256)", object.path_of("algorithm"), excerpt(algorithm));
  }
  ASTERISM_TRY(const auto salt, object.string("salt"));
  ASTERISM_TRY(tree.salt, from_hex(salt), "{}", object.path_of("salt"));
  if (tree.salt.size() > salt_bytes_max || to_hex(tree.salt) != salt) {
    return fail(Errc::corrupt, "{}: not at most {} bytes in small letters", object.path_of("salt"), salt_bytes_max);
  }
  ASTERISM_TRY(tree.data_block_bytes, object.unsigned_integer("data_block_size"));
  ASTERISM_CHECK(check_block_size(tree.data_block_bytes, object.path_of("data_block_size")));
  ASTERISM_TRY(tree.hash_block_bytes, object.unsigned_integer("hash_block_size"));
  ASTERISM_CHECK(check_block_size(tree.hash_block_bytes, object.path_of("hash_block_size")));
  ASTERISM_TRY(tree.data_blocks, object.unsigned_integer("data_blocks"));
  ASTERISM_CHECK(object.finish());
  return tree;
}

Result<> decode_verity(Manifest& manifest, JsonObjectDecoder object) {
  ASTERISM_TRY(manifest.root_hash, decode_digest(object, "root_hash", HashAlgorithm::sha256));
  if (object.optional("tree")) {
    ASTERISM_TRY(auto tree, object.object("tree"));
    ASTERISM_TRY(manifest.verity, decode_tree(std::move(tree)));
  }
  return object.finish();
}

Result<> decode_files(Manifest& manifest, JsonObjectDecoder& object) {
  ASTERISM_TRY(manifest.inputs, decode_list(object, "inputs", decode_input));
  ASTERISM_CHECK(check_sorted(manifest.inputs, "$.inputs"));
  ASTERISM_TRY(manifest.artefacts, decode_list(object, "artefacts", decode_artefact));
  ASTERISM_CHECK(check_sorted(manifest.artefacts, "$.artefacts"));
  if (object.optional("package_lock")) {
    ASTERISM_TRY(manifest.package_lock, decode_name(object, "package_lock"));
  }
  if (object.optional("sbom")) {
    ASTERISM_TRY(manifest.sbom, decode_name(object, "sbom"));
  }
  return {};
}

/// A role belongs to a file whose digest is listed; a digest of its own could contradict the list.
template <class Record>
Result<> check_listed(const std::vector<Record>& records, const std::string& name, std::string_view role) {
  if (std::ranges::contains(records, name, &Record::name)) return {};
  return fail(Errc::corrupt, "{}: '{}' is not in the list of files", role, name);
}

Result<> check_roles(const Manifest& manifest) {
  if (manifest.package_lock) {
    ASTERISM_CHECK(check_listed(manifest.inputs, *manifest.package_lock, "$.package_lock"));
  }
  if (manifest.sbom) ASTERISM_CHECK(check_listed(manifest.artefacts, *manifest.sbom, "$.sbom"));
  if (manifest.verity) {
    ASTERISM_CHECK(check_listed(manifest.artefacts, manifest.verity->data, "$.verity.tree.data"));
    ASTERISM_CHECK(check_listed(manifest.artefacts, manifest.verity->hash_tree, "$.verity.tree.hash_tree"));
  }
  return {};
}

Result<std::optional<BankDigests>> decode_optional_banks(JsonObjectDecoder& object, std::string_view key) {
  if (!object.optional(key)) return std::optional<BankDigests>{};
  ASTERISM_TRY(auto banks, object.object(key));
  ASTERISM_TRY(const auto digests, decode_banks(banks));
  ASTERISM_CHECK(banks.finish());
  return std::optional{digests};
}

Result<KernelRecord> decode_kernel(JsonObjectDecoder object) {
  KernelRecord kernel;
  ASTERISM_TRY(kernel.authenticode, decode_optional_banks(object, "authenticode"));
  ASTERISM_TRY(kernel.initrd, decode_optional_banks(object, "initrd"));
  ASTERISM_CHECK(object.finish());
  if (kernel == KernelRecord{}) return fail(Errc::corrupt, "{}: empty; leave it out", object.path());
  return kernel;
}

Result<> decode_boot(Manifest& manifest, JsonObjectDecoder& object) {
  ASTERISM_TRY(auto verity, object.object("verity"));
  ASTERISM_CHECK(decode_verity(manifest, std::move(verity)));
  ASTERISM_TRY(manifest.sections, decode_list(object, "sections", decode_section));
  ASTERISM_TRY(auto uki, object.object("uki"));
  ASTERISM_TRY(manifest.uki, decode_image(std::move(uki)));
  if (object.optional("boot_loader")) {
    ASTERISM_TRY(auto loader, object.object("boot_loader"));
    ASTERISM_TRY(manifest.boot_loader, decode_image(std::move(loader)));
  }
  if (object.optional("kernel")) {
    ASTERISM_TRY(auto kernel, object.object("kernel"));
    ASTERISM_TRY(manifest.kernel, decode_kernel(std::move(kernel)));
  }
  ASTERISM_TRY(auto measurements, object.object("measurements"));
  ASTERISM_CHECK(decode_measurements(manifest, std::move(measurements)));
  if (object.optional("launch")) {
    ASTERISM_TRY(manifest.launch, decode_launch(object, "launch"));
    if (manifest.launch.empty()) return fail(Errc::corrupt, "$.launch: empty; leave it out");
  }
  return {};
}

Result<Manifest> decode_manifest(JsonObjectDecoder object) {
  Manifest manifest;
  ASTERISM_CHECK(decode_header(manifest, object));
  ASTERISM_CHECK(decode_files(manifest, object));
  ASTERISM_CHECK(decode_boot(manifest, object));
  ASTERISM_CHECK(check_roles(manifest));
  if (object.optional("release")) {
    ASTERISM_TRY(auto release, object.object("release"));
    ASTERISM_TRY(manifest.release, decode_release(std::move(release), manifest.version));
  }
  ASTERISM_CHECK(object.finish());
  return manifest;
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text) {
  ASTERISM_TRY(const auto json, parse_json(text, {.text_bytes = manifest_bytes_max}), "manifest");
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(json, "$"), "manifest");
  ASTERISM_TRY(auto manifest, decode_manifest(std::move(object)), "manifest");
  return manifest;
}

}  // namespace asterism::manifest
