// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/igvm_launch.hpp"

#include <algorithm>

#include "firmware/snp_metadata.hpp"
#include "measured-boot/data_files.hpp"

namespace asterism::measured_boot {
namespace {

using firmware::IgvmContent;
using firmware::IgvmDirective;

constexpr std::uint64_t sev_features_offset = 0x3b0;

Result<std::uint32_t> snp_mask(const firmware::IgvmFile& file) {
  const auto mask = file.mask_of(firmware::IgvmPlatformType::sev_snp);
  if (!mask) return fail(Errc::unsupported, "the IGVM file is not for SEV-SNP");
  return *mask;
}

Result<> add_zeros(SnpChain& chain, const IgvmDirective& page) {
  static const std::vector<std::byte> zeros(firmware::page_bytes);
  for (std::uint64_t offset = 0; offset < page.size_bytes; offset += firmware::page_bytes)
    ASTERISM_CHECK(chain.add_normal(page.gpa + offset, zeros));
  return {};
}

Result<> add_page(SnpChain& chain, const IgvmDirective& page, bool zero_type) {
  if (page.content == IgvmContent::secrets) {
    return chain.add_without_content(SnpPageType::secrets, page.gpa, page.size_bytes);
  }
  if (page.content == IgvmContent::cpuid) {
    return chain.add_without_content(SnpPageType::cpuid, page.gpa, page.size_bytes);
  }
  if (page.unmeasured) return chain.add_without_content(SnpPageType::unmeasured, page.gpa, page.size_bytes);
  if (!page.data.empty()) return chain.add_normal(page.gpa, page.data);
  if (zero_type) return chain.add_without_content(SnpPageType::zero, page.gpa, page.size_bytes);
  return add_zeros(chain, page);
}

void add_notes(LaunchReport& report, const firmware::IgvmFile& file, std::uint32_t mask) {
  bool behind = false;
  bool context_seen = false;
  bool elsewhere = false;
  unsigned contexts = 0;
  for (const IgvmDirective& directive : file.directives()) {
    if ((directive.mask & mask) == 0) continue;
    if (directive.content == IgvmContent::processor_context) {
      context_seen = true;
      ++contexts;
      elsewhere = elsewhere || directive.gpa != SnpChain::kvm_vmsa_gpa;
    } else {
      behind = behind || context_seen;
    }
  }
  if (behind)
    report.notes.emplace_back("pages stand behind a processor's state; KVM adds the states last, so this does too");
  if (elsewhere) {
    report.notes.emplace_back("a processor's state has another address than KVM's 0xfffffffff000: the file's is used");
  }
  if (contexts > 1) {
    report.notes.emplace_back(
        "the file has more than one processor's state; QEMU only takes the first one's from a file");
  }
}

}  // namespace

Result<std::vector<TdxSwitch>> igvm_zero_pages() {
  ASTERISM_TRY(const auto text, data_file("launch/igvm.json"));
  ASTERISM_TRY(const auto json, parse_json(text));
  ASTERISM_TRY(auto root, JsonObjectDecoder::make(json, "igvm.json"));
  ASTERISM_CHECK(root.unsigned_integer("schema", 1));
  ASTERISM_TRY(auto switches, decode_switches(root, "zero_pages"));
  ASTERISM_CHECK(root.finish());
  return switches;
}

Result<LaunchValue> igvm_snp_value(const firmware::IgvmFile& file, bool zero_type) {
  ASTERISM_TRY(const auto mask, snp_mask(file));
  SnpChain chain;
  std::vector<const IgvmDirective*> contexts;
  for (const IgvmDirective& directive : file.directives()) {
    if ((directive.mask & mask) == 0) continue;
    if (directive.content == IgvmContent::processor_context) {
      contexts.push_back(&directive);
      continue;
    }
    ASTERISM_CHECK(add_page(chain, directive, zero_type));
  }
  if (contexts.empty()) return fail(Errc::unsupported, "the IGVM file has no processor's state for SEV-SNP");
  LaunchValue value{.vcpus = 0, .features = 0, .revision = {}, .digest = chain.digest()};
  for (const IgvmDirective* context : contexts) {
    ASTERISM_TRY(const auto content, sha384(context->data));
    ASTERISM_CHECK(chain.add(SnpPageType::vmsa, context->gpa, content));
    if (value.vcpus == 0) {
      ASTERISM_TRY(value.features, ByteView{context->data}.u64(sev_features_offset, "SEV_FEATURES"));
    }
    ++value.vcpus;
  }
  value.digest = chain.digest();
  return value;
}

Result<> add_igvm(LaunchReport& report, const firmware::IgvmFile& file) {
  ASTERISM_TRY(const auto mask, snp_mask(file));
  ASTERISM_TRY(const auto choices, igvm_zero_pages());
  for (const TdxSwitch& choice : choices) {
    ASTERISM_TRY(auto value, igvm_snp_value(file, choice.on));
    value.revision = choice.name;
    report.values.push_back(std::move(value));
    report.alternatives.push_back(
        {.kind = "zero_pages", .name = choice.name, .reason = choice.reason, .source = choice.source});
  }
  add_notes(report, file, mask);
  for (const firmware::IgvmIdBlock& block : file.id_blocks()) {
    if ((block.mask & mask) == 0) continue;
    const auto met = std::ranges::find_if(report.values, [&](const LaunchValue& value) {
      return std::ranges::equal(value.digest.bytes(), block.launch_digest);
    });
    report.notes.push_back(
        met != report.values.end()
            ? std::format("the file's ID block expects the digest with {}", met->revision)
            : std::format("the file's ID block expects another digest: {}", to_hex(block.launch_digest)));
  }
  return {};
}

}  // namespace asterism::measured_boot
