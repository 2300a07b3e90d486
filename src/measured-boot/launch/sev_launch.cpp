// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/sev_launch.hpp"

#include <algorithm>

namespace asterism::measured_boot {
namespace {

using firmware::SnpSection;
using firmware::SnpSectionType;

Result<> check_counts(const VcpuRange& range, const std::vector<VcpuVariant>& variants) {
  const bool known = std::ranges::none_of(variants, [](const VcpuVariant& v) { return v.others.empty(); });
  if (range.last > 1 && !known) {
    return fail(Errc::unsupported, "the firmware does not say where processors other than the first start");
  }
  return {};
}

Result<> add_kernel_hashes(SnpChain& chain, const SnpSection& section,
                           const std::optional<firmware::MemoryArea>& hash_table,
                           const std::optional<KernelHashes>& kernel) {
  if (!kernel) return chain.add_without_content(SnpPageType::zero, section.gpa, section.size_bytes);
  if (!hash_table) return fail(Errc::unsupported, "the firmware does not say where the kernel hashes go");
  if (hash_table->gpa / firmware::page_bytes != section.gpa / firmware::page_bytes) {
    return fail(Errc::corrupt, "the kernel hashes at {:#x} do not lie in their section at {:#x}", hash_table->gpa,
                section.gpa);
  }
  ASTERISM_TRY(const auto page, kernel_hash_page(*kernel, hash_table->gpa));
  return chain.add_normal(section.gpa, page);
}

Result<> add_section(SnpChain& chain, const SnpSection& section, const VmmModel& vmm,
                     const std::optional<firmware::MemoryArea>& hash_table, const std::optional<KernelHashes>& kernel) {
  switch (section.type) {
    case SnpSectionType::sec_mem:
      return chain.add_without_content(vmm.sec_mem, section.gpa, section.size_bytes);
    case SnpSectionType::svsm_caa:
      return chain.add_without_content(SnpPageType::zero, section.gpa, section.size_bytes);
    case SnpSectionType::secrets:
      return chain.add_without_content(SnpPageType::secrets, section.gpa, section.size_bytes);
    case SnpSectionType::cpuid:
      return chain.add_without_content(SnpPageType::cpuid, section.gpa, section.size_bytes);
    case SnpSectionType::kernel_hashes:
      return add_kernel_hashes(chain, section, hash_table, kernel);
  }
  return fail(Errc::internal, "a section of no known type");
}

Result<Hasher> sev_stream(const firmware::Ovmf& ovmf, const std::optional<KernelHashes>& kernel) {
  Hasher hasher{HashAlgorithm::sha256};
  hasher.update(ovmf.file().bytes());
  if (kernel) {
    if (!ovmf.hash_table()) return fail(Errc::unsupported, "the firmware has no place for the hashes of a kernel");
    hasher.update(kernel_hash_table(*kernel));
  }
  return hasher;
}

}  // namespace

Result<SnpChain> snp_section_pages(SnpChain chain, const std::vector<SnpSection>& sections,
                                   const std::optional<firmware::MemoryArea>& hash_table, const VmmModel& vmm,
                                   const std::optional<KernelHashes>& kernel) {
  if (kernel && !std::ranges::contains(sections, SnpSectionType::kernel_hashes, &SnpSection::type)) {
    return fail(Errc::unsupported, "the firmware has no place for the hashes of a kernel");
  }
  std::vector<SnpSection> order = sections;
  if (vmm.cpuid_last) {
    std::ranges::stable_partition(order, [](const SnpSection& s) { return s.type != SnpSectionType::cpuid; });
  }
  for (const SnpSection& section : order)
    ASTERISM_CHECK(add_section(chain, section, vmm, hash_table, kernel));
  return chain;
}

Result<SnpChain> snp_firmware_pages(const firmware::Ovmf& ovmf, const VmmModel& vmm,
                                    const std::optional<KernelHashes>& kernel) {
  ASTERISM_TRY(const auto sections, ovmf.snp_sections());
  SnpChain chain;
  ASTERISM_CHECK(chain.add_normal(ovmf.gpa(), ovmf.file().bytes()));
  return snp_section_pages(chain, sections, ovmf.hash_table(), vmm, kernel);
}

Result<SnpChain> snp_svsm_pages(const firmware::Ovmf& ovmf, const firmware::Ovmf& svsm, const VmmModel& vmm) {
  ASTERISM_TRY(const auto sections, svsm.snp_sections(), "SVSM");
  SnpChain chain;
  ASTERISM_CHECK(chain.add_normal(ovmf.gpa(), ovmf.file().bytes()));
  ASTERISM_CHECK(chain.add_normal(svsm.gpa(), svsm.file().bytes()));
  return snp_section_pages(chain, sections, svsm.hash_table(), vmm, std::nullopt);
}

Result<std::vector<LaunchValue>> snp_values(const SnpChain& pages, const VcpuRange& range,
                                            const std::vector<VcpuVariant>& variants) {
  ASTERISM_CHECK(check_counts(range, variants));
  std::vector<LaunchValue> values;
  for (const VcpuVariant& variant : variants) {
    ASTERISM_TRY(const auto first, sha384(variant.first));
    ASTERISM_TRY(const auto other, sha384(variant.others));
    SnpChain chain = pages;
    for (unsigned count = 1; count <= range.last; ++count) {
      ASTERISM_CHECK(chain.add(SnpPageType::vmsa, SnpChain::kvm_vmsa_gpa, count == 1 ? first : other));
      if (count < range.first) continue;
      values.push_back(
          {.vcpus = count, .features = variant.features, .revision = variant.revision, .digest = chain.digest()});
    }
  }
  std::ranges::stable_sort(values, {}, &LaunchValue::vcpus);
  return values;
}

Result<Digest> sev_value(const firmware::Ovmf& ovmf, const std::optional<KernelHashes>& kernel) {
  ASTERISM_TRY(auto hasher, sev_stream(ovmf, kernel));
  return hasher.finish();
}

Result<std::vector<LaunchValue>> sev_es_values(const firmware::Ovmf& ovmf, const std::optional<KernelHashes>& kernel,
                                               const VcpuRange& range, const std::vector<VcpuVariant>& variants) {
  ASTERISM_CHECK(check_counts(range, variants));
  ASTERISM_TRY(const auto stream, sev_stream(ovmf, kernel));
  std::vector<LaunchValue> values;
  for (const VcpuVariant& variant : variants) {
    Hasher hasher = stream.fork();
    for (unsigned count = 1; count <= range.last; ++count) {
      hasher.update(count == 1 ? variant.first : variant.others);
      if (count < range.first) continue;
      ASTERISM_TRY(const auto digest, hasher.fork().finish());
      values.push_back({.vcpus = count, .features = variant.features, .revision = variant.revision, .digest = digest});
    }
  }
  std::ranges::stable_sort(values, {}, &LaunchValue::vcpus);
  return values;
}

}  // namespace asterism::measured_boot
