// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/boot_plan.hpp"

#include "efi/authenticode.hpp"
#include "efi/utf16.hpp"
#include "measured-boot/command_line.hpp"
#include "measured-boot/stub_initrd.hpp"

namespace asterism::measured_boot {
namespace {

Result<Stream> authenticode_stream(const efi::PeImage& image) {
  ASTERISM_TRY(const auto ranges, efi::authenticode_ranges(image));
  Stream stream;
  for (const Bytes range : ranges)
    stream.push_back({.data = range});
  return stream;
}

/// The kernel as LoadImage() gets it: the section's memory, zeros included.
Result<Stream> inner_kernel_stream(const UkiSection& section) {
  Segment content = section.content;
  if (content.zeros_after > 0) {
    std::vector<std::byte> copy;
    append(copy, content.data);
    copy.resize(copy.size() + static_cast<std::size_t>(content.zeros_after));
    content = Segment::owning(std::move(copy));
  }
  ASTERISM_TRY(const auto image, efi::PeImage::parse(ByteView{content.data}), "section .linux");
  ASTERISM_TRY(auto stream, authenticode_stream(image), "section .linux");
  for (Segment& segment : stream)
    segment.owner = content.owner;
  return stream;
}

/// What the kernel finds as load options. Without a .cmdline section, a stub that calls the kernel itself leaves its
/// own load options in place, and those hold the profile.
std::optional<std::u16string> kernel_options(const StubModel& model, const std::vector<UkiSection>& sections,
                                             unsigned profile, bool through_boot_loader) {
  if (const UkiSection* section = find_section(sections, ".cmdline")) {
    return stub_command_line(as_text(section->content.data));
  }
  if (model.inner_kernel == InnerKernel::never && profile > 0 && through_boot_loader) {
    return u"@" + efi::utf8_to_ucs2(std::to_string(profile));
  }
  return std::nullopt;
}

}  // namespace

Result<BootPlan> BootPlan::make(const Uki& uki, const efi::PeImage* boot_loader) {
  BootPlan plan{uki};
  ASTERISM_TRY(const auto uki_stream, authenticode_stream(uki.image()), "UKI");
  plan.uki_id_ = plan.plan_.add(uki_stream);
  if (boot_loader) {
    ASTERISM_TRY(const auto loader_stream, authenticode_stream(*boot_loader), "boot loader");
    plan.boot_loader_id_ = plan.plan_.add(loader_stream);
  }
  return plan;
}

Result<> BootPlan::add_profile(unsigned number) {
  Profile profile;
  profile.number = number;
  ASTERISM_TRY(profile.sections, uki_->sections(number));
  for (const UkiSection& section : profile.sections)
    profile.section_ids.push_back(plan_.add({section.content}));
  if (uki_->model().inner_kernel == InnerKernel::measured_without_secure_boot) {
    ASTERISM_TRY(const auto kernel, inner_kernel_stream(*find_section(profile.sections, ".linux")));
    profile.inner_kernel = plan_.add(kernel);
  }
  if (const auto options = kernel_options(uki_->model(), profile.sections, number, boot_loader_id_.has_value())) {
    profile.command_line = *options;
    profile.load_options = plan_.add({Segment::owning(efi::utf16_bytes(*options, /* with_nul= */ true))});
  }
  if (Stream initrd = assemble_initrd(uki_->model(), profile.sections); !initrd.empty()) {
    // PCR 11 needs the first part, which is nearly all of it, by itself: it is hashed once for both.
    const DigestPlan::Id head = plan_.add({initrd.front()});
    initrd.erase(initrd.begin());
    profile.initrd = plan_.add_continuation(head, std::move(initrd));
  }
  profiles_.push_back(std::move(profile));
  return {};
}

std::optional<BankDigests> BootPlan::digests_at(const std::optional<DigestPlan::Id>& id) const {
  return id ? std::optional{plan_.digests(*id)} : std::nullopt;
}

BootDigests BootPlan::boot_digests(const Profile& profile) const {
  BootDigests digests;
  digests.boot_loader = boot_loader_digests();
  digests.uki = uki_digests();
  digests.inner_kernel = digests_at(profile.inner_kernel);
  digests.load_options = digests_at(profile.load_options);
  digests.initrd = digests_at(profile.initrd);
  for (std::size_t i = 0; i < profile.sections.size(); ++i) {
    if (!profile.sections[i].measured) continue;
    digests.sections.emplace_back(profile.sections[i].name, plan_.digests(profile.section_ids[i]));
  }
  return digests;
}

}  // namespace asterism::measured_boot
