// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/sev_launch.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "support/ovmf_builder.hpp"

using namespace asterism;
using namespace asterism::measured_boot;
using testing::OvmfBuilder;

namespace {

struct Guest {
  std::vector<std::byte> file = OvmfBuilder::amd_sev().build();
  firmware::Ovmf ovmf = firmware::Ovmf::parse(ByteView{file}).value();
  VmmModel vmm = find_vmm("qemu").value();
  VcpuRequest request{.cpu_signature = 0x800f12, .features = {1, 0x21}, .revisions = vmm.revisions};

  [[nodiscard]] std::vector<VcpuVariant> variants() const { return real_mode_variants(request, ovmf.ap_reset_eip()); }
  [[nodiscard]] std::vector<LaunchValue> snp(const VcpuRange& range) const {
    return snp_values(snp_firmware_pages(ovmf, vmm, std::nullopt).value(), range, variants()).value();
  }
};

/// PAGE_INFO by hand.
Digest page(const Digest& before, unsigned type, std::uint64_t gpa, const Digest& content) {
  std::vector<std::byte> info;
  append(info, before.bytes());
  append(info, content.bytes());
  append_le(info, 0x70, 2);
  append_le(info, type, 1);
  append_le(info, 0, 5);
  append_le(info, gpa, 8);
  return sha384(info).value();
}

}  // namespace

BOOST_AUTO_TEST_CASE(pages_in_the_order_of_the_vmm) {
  const Guest guest;
  const Digest none{HashAlgorithm::sha384};
  Digest wanted{HashAlgorithm::sha384};
  for (std::uint64_t i = 0; i < 2; ++i)
    wanted = page(wanted, 1, 0xffffe000 + i * 4096, sha384(Bytes{guest.file}.subspan(i * 4096, 4096)).value());
  for (const auto& section : OvmfBuilder::amd_sev_sections()) {
    const unsigned type = section.type == firmware::SnpSectionType::secrets ? 5
                          : section.type == firmware::SnpSectionType::cpuid ? 6
                                                                            : 3;
    for (std::uint64_t offset = 0; offset < section.size_bytes; offset += 4096)
      wanted = page(wanted, type, section.gpa + offset, none);
  }
  const auto pages = snp_firmware_pages(guest.ovmf, guest.vmm, std::nullopt).value();
  BOOST_TEST((pages.digest() == wanted));
  const auto variant = guest.variants().front();
  wanted = page(wanted, 2, 0xfffffffff000, sha384(variant.first).value());
  wanted = page(wanted, 2, 0xfffffffff000, sha384(variant.others).value());
  BOOST_TEST((guest.snp({.first = 2, .last = 2}).front().digest == wanted));
}

BOOST_AUTO_TEST_CASE(a_range_gives_what_single_counts_give) {
  const Guest guest;
  const auto range = guest.snp({.first = 1, .last = 9});
  BOOST_TEST(range.size() == 9u * 4u);
  for (const LaunchValue& value : range) {
    const auto single = guest.snp({.first = value.vcpus, .last = value.vcpus});
    BOOST_TEST(std::ranges::any_of(single, [&](const LaunchValue& other) {
      return other.features == value.features && other.revision == value.revision && other.digest == value.digest;
    }));
  }
}

BOOST_AUTO_TEST_CASE(every_input_changes_the_digest) {
  const bool ok = rc::check("a changed byte of the firmware or another vCPU count gives another digest", [] {
    Guest guest;
    const auto before = guest.snp({.first = 1, .last = 1}).front().digest;
    // Below the metadata, so that the file still parses.
    const auto offset = *rc::gen::inRange<std::size_t>(0, 0x1400);
    guest.file[offset] ^= static_cast<std::byte>(*rc::gen::inRange(1, 256));
    RC_ASSERT(guest.snp({.first = 1, .last = 1}).front().digest != before);
    const auto count = *rc::gen::inRange(2U, 65U);
    RC_ASSERT(guest.snp({.first = count, .last = count}).front().digest !=
              guest.snp({.first = count - 1, .last = count - 1}).front().digest);
  });
  BOOST_TEST(ok);
}

BOOST_AUTO_TEST_CASE(kernel_hashes_need_a_place) {
  const auto kernel = hash_kernel(as_bytes("kernel"), as_bytes("initrd"), "quiet").value();
  auto sections = OvmfBuilder::amd_sev_sections();
  const VmmModel vmm = find_vmm("qemu").value();
  const firmware::MemoryArea area{.gpa = 0x810c00, .size_bytes = 0x400};
  BOOST_TEST((snp_section_pages({}, sections, std::nullopt, vmm, kernel).error().code() == Errc::unsupported));
  BOOST_TEST((snp_section_pages({}, sections, firmware::MemoryArea{.gpa = 0x80e000}, vmm, kernel).error().code() ==
              Errc::corrupt));
  BOOST_TEST((snp_section_pages({}, sections, firmware::MemoryArea{.gpa = 0x810ff0}, vmm, kernel).error().code() ==
              Errc::unsupported));
  std::erase_if(sections, [](const auto& s) { return s.type == firmware::SnpSectionType::kernel_hashes; });
  BOOST_TEST((snp_section_pages({}, sections, area, vmm, kernel).error().code() == Errc::unsupported));
  const auto plain = OvmfBuilder{}.snp(sections).build();
  const auto ovmf = firmware::Ovmf::parse(ByteView{plain}).value();
  BOOST_TEST((sev_value(ovmf, kernel).error().code() == Errc::unsupported));
  BOOST_TEST((sev_es_values(ovmf, kernel, {}, {}).error().code() == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(more_processors_need_a_place_to_start) {
  const Guest guest;
  const auto alone = real_mode_variants(guest.request, std::nullopt);
  const auto pages = snp_firmware_pages(guest.ovmf, guest.vmm, std::nullopt).value();
  BOOST_TEST(snp_values(pages, {.first = 1, .last = 1}, alone).has_value());
  BOOST_TEST((snp_values(pages, {.first = 1, .last = 2}, alone).error().code() == Errc::unsupported));
  BOOST_TEST((sev_es_values(guest.ovmf, {}, {.first = 2, .last = 2}, alone).error().code() == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(sev_is_the_file_and_the_table) {
  const Guest guest;
  BOOST_TEST((sev_value(guest.ovmf, {}).value() == sha256(guest.file).value()));
  const auto kernel = hash_kernel(as_bytes("kernel"), {}, "").value();
  const auto table = kernel_hash_table(kernel);
  BOOST_TEST(table.size() == 176u);
  BOOST_TEST((kernel.initrd == sha256(Bytes{}).value()));
  BOOST_TEST((kernel.command_line == sha256(as_bytes(std::string_view{"\0", 1})).value()));
  BOOST_TEST((sev_value(guest.ovmf, kernel).value() == hash(HashAlgorithm::sha256, {guest.file, table}).value()));
  const auto variants = guest.variants();
  const auto es = sev_es_values(guest.ovmf, kernel, {.first = 2, .last = 2}, variants).value();
  BOOST_TEST((es.front().digest ==
              hash(HashAlgorithm::sha256, {guest.file, table, variants[0].first, variants[0].others}).value()));
}

BOOST_AUTO_TEST_CASE(an_svsm_starts_all_processors_alike) {
  const Guest guest;
  const VmmModel vmm = find_vmm("svsm").value();
  const auto file = OvmfBuilder{}
                        .number(Guid{"a789a612-0597-4c4b-a49f-cbb1fe9d1ddd"}, 0x40)
                        .snp({{0x9000, 0x1000, firmware::SnpSectionType::secrets}})
                        .build();
  const auto svsm = firmware::Ovmf::parse(ByteView{file}, 0x80000000).value();
  const VcpuRequest request{.cpu_signature = 0x800f12, .features = {1}, .revisions = vmm.revisions};
  const auto variants = svsm_variants(request, svsm.gpa() + svsm.svsm_entry_offset().value());
  BOOST_TEST((variants[0].first == variants[0].others));
  const ByteView page_view{variants[0].first};
  BOOST_TEST(page_view.u64(0x178, "rip").value() == 0x7fffe040u);
  BOOST_TEST(page_view.u64(0x158, "cr0").value() == 0x11u);
  BOOST_TEST(page_view.u16(0x10, "cs").value() == 8u);
  BOOST_TEST(page_view.u16(0x12, "cs attributes").value() == 0xc9bu);
  BOOST_TEST(page_view.u32(0x34, "ds limit").value() == 0xffffffffu);
  BOOST_TEST(page_view.u32(0x54, "gs limit").value() == 0xffffu);

  SnpChain wanted;
  BOOST_REQUIRE(wanted.add_normal(guest.ovmf.gpa(), guest.file));
  BOOST_REQUIRE(wanted.add_normal(0x7fffe000, file));
  BOOST_REQUIRE(wanted.add_without_content(SnpPageType::secrets, 0x9000, 4096));
  BOOST_TEST((snp_svsm_pages(guest.ovmf, svsm, vmm).value().digest() == wanted.digest()));
}

BOOST_AUTO_TEST_CASE(cpuid_pages_come_last_on_ec2) {
  const VmmModel ec2 = find_vmm("ec2").value();
  const VmmModel qemu = find_vmm("qemu").value();
  const std::vector<firmware::SnpSection> sections{{0x1000, 0x1000, firmware::SnpSectionType::cpuid},
                                                   {0x2000, 0x1000, firmware::SnpSectionType::secrets}};
  const std::vector<firmware::SnpSection> moved{sections[1], sections[0]};
  BOOST_TEST((snp_section_pages({}, sections, {}, ec2, {}).value().digest() ==
              snp_section_pages({}, moved, {}, qemu, {}).value().digest()));
}
