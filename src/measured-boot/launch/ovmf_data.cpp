// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/ovmf_data.hpp"

#include "common/json_decoder.hpp"
#include "measured-boot/data_files.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::uint64_t schema_known = 1;

Result<OvmfWrite> decode_write(const Json& row, const std::string& path) {
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(row, path));
  OvmfWrite write;
  ASTERISM_TRY(write.machine, object.string("machine"));
  ASTERISM_TRY(write.offset, object.unsigned_integer("offset"));
  ASTERISM_TRY(const auto bytes, object.string("bytes"));
  ASTERISM_TRY(write.bytes, from_hex(bytes), "{}", object.path_of("bytes"));
  ASTERISM_CHECK(object.finish());
  return write;
}

Result<OvmfBuild> decode_build(const Json& row, const std::string& path) {
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(row, path));
  OvmfBuild build;
  ASTERISM_TRY(build.build, object.string("build"));
  ASTERISM_TRY(const auto digest, object.string("early_volume_sha256"));
  ASTERISM_TRY(build.early_volume, Digest::from_hex(HashAlgorithm::sha256, digest), "{}", path);
  ASTERISM_TRY(const auto* machines, object.array("machines"));
  for (const Json& machine : *machines) {
    ASTERISM_TRY(auto write, decode_write(machine, object.path_of("machines")));
    build.machines.push_back(std::move(write));
  }
  ASTERISM_TRY(build.why, object.string("why"));
  ASTERISM_TRY(build.source, object.string("source"));
  ASTERISM_CHECK(object.finish());
  return build;
}

}  // namespace

Result<std::vector<OvmfBuild>> ovmf_builds() {
  ASTERISM_TRY(const auto text, data_file("launch/ovmf.json"));
  ASTERISM_TRY(const auto json, parse_json(text));
  ASTERISM_TRY(auto root, JsonObjectDecoder::make(json, "ovmf.json"));
  ASTERISM_TRY(const auto schema, root.unsigned_integer("schema"));
  if (schema != schema_known) return fail(Errc::unsupported, "ovmf.json: version {}", schema);
  ASTERISM_TRY(const auto* rows, root.array("builds"));
  std::vector<OvmfBuild> builds;
  for (const Json& row : *rows) {
    ASTERISM_TRY(auto build, decode_build(row, root.path_of("builds")));
    builds.push_back(std::move(build));
  }
  ASTERISM_CHECK(root.finish());
  return builds;
}

}  // namespace asterism::measured_boot
