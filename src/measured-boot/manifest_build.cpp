// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/manifest_build.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include "common/fs.hpp"
#include "common/mapped_file.hpp"
#include "measured-boot/bank_values.hpp"
#include "measured-boot/verity_superblock.hpp"

namespace asterism::measured_boot {
namespace {

Result<ArtefactRecord> hash_artefact(const std::string& directory, const std::string& name) {
  ArtefactRecord record{.name = name};
  Hasher hasher{HashAlgorithm::sha256};
  ASTERISM_CHECK(for_each_chunk(std::format("{}/{}", directory, name), [&](Bytes chunk) {
    hasher.update(chunk);
    record.size_bytes += chunk.size();
  }));
  ASTERISM_TRY(record.sha256, hasher.finish());
  return record;
}

/// Hashes all files, several at a time, largest first.
Result<std::vector<ArtefactRecord>> hash_artefacts(const ManifestRequest& request) {
  std::vector<std::pair<std::string, Result<ArtefactRecord>>> jobs;
  jobs.reserve(request.artefacts.size());
  for (const std::string& name : request.artefacts)
    jobs.emplace_back(name, ArtefactRecord{});
  std::ranges::sort(jobs, std::greater{}, [&](const auto& job) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(std::filesystem::path{request.directory} / job.first, missing);
    return missing ? std::uintmax_t{0} : size;
  });
  std::atomic<std::size_t> next = 0;
  const auto worker = [&] {
    for (std::size_t i = next++; i < jobs.size(); i = next++) {
      jobs[i].second = hash_artefact(request.directory, jobs[i].first);
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (unsigned i = 1; i < request.prediction.threads; ++i)
      helpers.emplace_back(worker);
    worker();
  }
  std::vector<ArtefactRecord> records;
  for (auto& [name, outcome] : jobs) {
    ASTERISM_TRY(auto record, std::move(outcome));
    records.push_back(std::move(record));
  }
  std::ranges::sort(records, {}, &ArtefactRecord::name);
  return records;
}

Result<std::vector<InputRecord>> hash_inputs(const ManifestRequest& request) {
  std::vector<InputRecord> records;
  for (const auto& [name, path] : request.inputs) {
    Hasher hasher{HashAlgorithm::sha256};
    ASTERISM_CHECK(for_each_chunk(path, [&](Bytes chunk) { hasher.update(chunk); }));
    InputRecord record{.name = name};
    ASTERISM_TRY(record.sha256, hasher.finish());
    records.push_back(std::move(record));
  }
  std::ranges::sort(records, {}, &InputRecord::name);
  return records;
}

template <class Record>
Result<> refuse_twice(const std::vector<Record>& records) {
  const auto twice = std::ranges::adjacent_find(records, {}, &Record::name);
  if (twice != records.end()) return fail(Errc::usage, "'{}' is given twice", printable(twice->name));
  return {};
}

Result<ImageRecord> image_record(const ImageFacts& facts, const BootFile& file) {
  ImageRecord record{.name = std::filesystem::path{facts.path}.filename().string(),
                     .version = facts.version.empty() ? "unknown" : facts.version,
                     .size_bytes = facts.size_bytes};
  record.authenticode = facts.authenticode;
  ASTERISM_TRY(record.sha256, sha256(file.content.view().bytes()));
  return record;
}

Result<> check_consistent(const Manifest& manifest, const ManifestRequest& request) {
  const auto artefact = std::ranges::find(manifest.artefacts, request.uki, &ArtefactRecord::name);
  if (artefact == manifest.artefacts.end()) {
    return fail(Errc::usage, "the UKI '{}' is not among the artefacts", printable(request.uki));
  }
  if (artefact->sha256 != manifest.uki.sha256) {
    return fail(Errc::unverified, "'{}' is not the UKI that '{}' boots", printable(request.uki),
                printable(request.image));
  }
  const std::string option = "roothash=" + manifest.root_hash.hex();
  if (!std::format(" {} ", manifest.command_line).contains(std::format(" {} ", option))) {
    return fail(Errc::unverified, "the command line in '{}' does not have {}", printable(request.uki), option);
  }
  return {};
}

void record_measurements(Manifest& made, const std::map<SecureBoot, BankValues>& states) {
  // The disk's bytes are the same everywhere, and PCR 7 is that of the given variables enrolled there.
  for (const std::string_view platform : manifest::platforms)
    made.measurements.emplace(platform, states);
}

Result<> measure_disk(Manifest& manifest, const ManifestRequest& request) {
  ASTERISM_TRY(const auto disk, MappedFile::open(std::format("{}/{}", request.directory, request.image)));
  ASTERISM_TRY(const auto files, find_boot_files(ByteView{disk.bytes()}, std::nullopt), "'{}'",
               printable(request.image));
  PredictOptions options = request.prediction;
  options.done_with = [&disk](Bytes stretch) { disk.drop(stretch); };
  ASTERISM_TRY(const auto measured, predict(files, options), "'{}'", printable(request.image));
  if (measured.boot_loader) {
    ASTERISM_TRY(manifest.boot_loader, image_record(*measured.boot_loader, *files.boot_loader));
  }
  ASTERISM_TRY(manifest.uki, image_record(measured.uki, files.uki));
  manifest.uki.name = request.uki;
  manifest.sections = measured.sections;
  manifest.kernel = measured.kernel;
  manifest.command_line = measured.predictions.front().command_line;
  std::map<SecureBoot, BankValues> states;
  for (const Prediction& prediction : measured.predictions) {
    ASTERISM_TRY(auto values, bank_values(prediction));
    states.emplace(prediction.secure_boot, std::move(values));
  }
  record_measurements(manifest, states);
  for (const LaunchFirmware& firmware : request.firmware) {
    ASTERISM_TRY(auto records, launch_records(firmware, disk.bytes(), files, measured, request.prediction.variables));
    std::ranges::move(records, std::back_inserter(manifest.launch));
  }
  manifest::sort_launch(manifest.launch);
  return {};
}

/// The roles of files, where files of the usual names are there.
Result<> record_roles(Manifest& manifest, const ManifestRequest& request) {
  const auto among = [](const auto& records, const std::string& name) {
    return std::ranges::any_of(records, [&](const auto& record) { return record.name == name; });
  };
  if (among(manifest.inputs, "packages.lock")) manifest.package_lock = "packages.lock";
  if (among(manifest.artefacts, "sbom.spdx.json")) manifest.sbom = "sbom.spdx.json";
  const std::string stem = std::format("{}_{}", request.name, request.version);
  const std::string data = stem + ".root.raw";
  const std::string tree = stem + ".verity.raw";
  if (!among(manifest.artefacts, data) || !among(manifest.artefacts, tree)) return {};
  ASTERISM_TRY(const auto file, MappedFile::open(std::format("{}/{}", request.directory, tree)));
  ASTERISM_TRY(manifest.verity, read_verity_superblock(ByteView{file.bytes()}), "'{}'", printable(tree));
  manifest.verity->data = data;
  manifest.verity->hash_tree = tree;
  return {};
}

}  // namespace

Result<Manifest> build_manifest(const ManifestRequest& request) {
  Manifest manifest;
  manifest.name = request.name;
  manifest.version = request.version;
  manifest.locked = request.locked;
  manifest.revision = request.revision;
  ASTERISM_TRY(manifest.root_hash, Digest::from_hex(HashAlgorithm::sha256, request.root_hash), "root hash");
  ASTERISM_TRY(manifest.inputs, hash_inputs(request));
  ASTERISM_CHECK(refuse_twice(manifest.inputs));
  ASTERISM_TRY(manifest.artefacts, hash_artefacts(request));
  ASTERISM_CHECK(refuse_twice(manifest.artefacts));
  ASTERISM_CHECK(record_roles(manifest, request));
  ASTERISM_CHECK(measure_disk(manifest, request));
  ASTERISM_CHECK(check_consistent(manifest, request));
  return manifest;
}

}  // namespace asterism::measured_boot
