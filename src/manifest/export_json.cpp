// SPDX-License-Identifier: Apache-2.0
#include "manifest/export.hpp"

namespace asterism::manifest {
namespace {

/// A kind of evidence that the reference system knows, and the platform that has it.
struct Variant {
  std::string_view platform;
  std::string_view csp;
  std::string_view name;
};

// In order of csp and name, as the reference system sorts them.
constexpr Variant variants[] = {{"aws", "AWS", "aws-nitro-tpm"},
                                {"aws", "AWS", "aws-sev-snp"},
                                {"azure", "Azure", "azure-sev-snp"},
                                {"azure", "Azure", "azure-tdx"},
                                {"azure", "Azure", "azure-trustedlaunch"},
                                {"gcp", "GCP", "gcp-sev-es"},
                                {"gcp", "GCP", "gcp-sev-snp"},
                                {"openstack", "OpenStack", "qemu-vtpm"},
                                {"qemu", "QEMU", "qemu-vtpm"}};

Json expected(const Digest& value, bool warn_only) {
  return Json::Object{{"expected", value.hex()}, {"warnOnly", warn_only}};
}

Json record(PcrIndex pcr, const BankDigests& digests) {
  Json::Array list;
  for (const HashAlgorithm bank : hash_algorithms) {
    list.push_back(Json::Object{{"hashAlg", to_string(bank)}, {"digest", digests.of(bank).hex()}});
  }
  return Json::Object{{"pcr", pcr}, {"digests", std::move(list)}};
}

Result<BankDigests> digests_of_name(const std::string& name) {
  BankDigests digests;
  const std::string_view with_nul{name.c_str(), name.size() + 1};
  for (const HashAlgorithm bank : hash_algorithms) {
    ASTERISM_TRY(digests.of(bank), hash(bank, as_bytes(with_nul)));
  }
  return digests;
}

}  // namespace

Result<Json> export_measurements_v2(const Manifest& manifest, const ExportChoice& choice) {
  Json::Array list;
  for (const Variant& variant : variants) {
    const auto& states = manifest.measurements.find(variant.platform)->second;
    const auto found = states.find(choice.secure_boot);
    if (found == states.end()) {
      return fail(Errc::not_found, "{}: no values for Secure Boot {}", variant.platform, to_string(choice.secure_boot));
    }
    const PcrValues& values = found->second.at(HashAlgorithm::sha256);
    Json::Object measurements;
    for (const auto& [pcr, value] : values.settled) {
      measurements[std::to_string(pcr)] = expected(value, pcr == pcr_secure_boot_policy);
    }
    measurements[std::to_string(pcr_kernel_boot)] = expected(values.kernel_boot.at(choice.stage), false);
    list.push_back(Json::Object{
        {"csp", variant.csp}, {"attestationVariant", variant.name}, {"measurements", std::move(measurements)}});
  }
  return Json{Json::Object{
      {"version", manifest.version}, {"ref", choice.ref}, {"stream", choice.stream}, {"list", std::move(list)}}};
}

Result<Json> export_pcrlock(const Manifest& manifest) {
  Json::Array records;
  if (manifest.boot_loader) records.push_back(record(pcr_boot_loader_code, manifest.boot_loader->authenticode));
  records.push_back(record(pcr_boot_loader_code, manifest.uki.authenticode));
  for (const SectionRecord& section : manifest.sections) {
    if (!section.measured) continue;
    ASTERISM_TRY(const auto name, digests_of_name(section.name));
    records.push_back(record(pcr_kernel_boot, name));
    records.push_back(record(pcr_kernel_boot, section.digests));
  }
  return Json{Json::Object{{"records", std::move(records)}}};
}

}  // namespace asterism::manifest
