// SPDX-License-Identifier: Apache-2.0
#include "manifest/manifest.hpp"

namespace asterism::manifest {
namespace {

Json image_json(const ImageRecord& image) {
  return Json::Object{{"name", image.name},
                      {"version", image.version},
                      {"size", image.size_bytes},
                      {"sha256", image.sha256.hex()},
                      {"authenticode", bank_digests_json(image.authenticode)}};
}

Json measurements_json(const Manifest& manifest) {
  Json::Object object;
  for (const auto& [platform, states] : manifest.measurements) {
    Json::Object by_state;
    for (const auto& [state, values] : states)
      by_state[std::format("secure_boot_{}", to_string(state))] = to_json(values);
    object[platform] = std::move(by_state);
  }
  return object;
}

Json kernel_json(const KernelRecord& kernel) {
  Json::Object object;
  if (kernel.authenticode) object["authenticode"] = bank_digests_json(*kernel.authenticode);
  if (kernel.initrd) object["initrd"] = bank_digests_json(*kernel.initrd);
  return object;
}

Json verity_json(const Manifest& manifest) {
  Json::Object object{{"root_hash", manifest.root_hash.hex()}};
  if (const auto& tree = manifest.verity) {
    object["tree"] = Json::Object{{"data", tree->data},
                                  {"hash_tree", tree->hash_tree},
                                  {"algorithm", "sha256"},
                                  {"salt", to_hex(tree->salt)},
                                  {"data_block_size", tree->data_block_bytes},
                                  {"hash_block_size", tree->hash_block_bytes},
                                  {"data_blocks", tree->data_blocks}};
  }
  return object;
}

}  // namespace

Json sections_json(const std::vector<SectionRecord>& sections) {
  Json::Array array;
  for (const SectionRecord& section : sections) {
    array.push_back(Json::Object{{"name", section.name},
                                 {"measured", section.measured},
                                 {"size", section.size_bytes},
                                 {"sha256", section.digests.sha256.hex()},
                                 {"sha384", section.digests.sha384.hex()}});
  }
  return array;
}

Json to_json(const Manifest& manifest) {
  Json::Array inputs;
  for (const InputRecord& input : manifest.inputs) {
    inputs.push_back(Json::Object{{"name", input.name}, {"sha256", input.sha256.hex()}});
  }
  Json::Object object{{"schema", Manifest::schema_version},
                      {"name", manifest.name},
                      {"version", manifest.version},
                      {"locked", manifest.locked},
                      {"revision", manifest.revision},
                      {"inputs", std::move(inputs)},
                      {"artefacts", to_json(manifest.artefacts)},
                      {"verity", verity_json(manifest)},
                      {"uki", image_json(manifest.uki)},
                      {"sections", sections_json(manifest.sections)},
                      {"command_line", manifest.command_line},
                      {"measurements", measurements_json(manifest)}};
  if (manifest.package_lock) object["package_lock"] = *manifest.package_lock;
  if (manifest.sbom) object["sbom"] = *manifest.sbom;
  if (manifest.boot_loader) object["boot_loader"] = image_json(*manifest.boot_loader);
  if (manifest.kernel != KernelRecord{}) object["kernel"] = kernel_json(manifest.kernel);
  if (!manifest.launch.empty()) object["launch"] = to_json(manifest.launch);
  if (manifest.release) object["release"] = to_json(*manifest.release);
  return object;
}

}  // namespace asterism::manifest
