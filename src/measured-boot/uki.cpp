// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/uki.hpp"

#include <algorithm>
#include <set>

namespace asterism::measured_boot {
namespace {

constexpr unsigned profiles_max = 256;  // UNIFIED_PROFILES_MAX of systemd-boot
constexpr std::string_view profile_section = ".profile";

bool depends_on_machine(std::string_view name) {
  return name == ".dtbauto" || name == ".efifw";
}

bool is_known(const StubModel& model, std::string_view name) {
  return std::ranges::any_of(model.sections, [&](const SectionRule& rule) { return rule.name == name; });
}

}  // namespace

Result<Uki> Uki::parse(const ByteView& file) {
  ASTERISM_TRY(auto image, efi::PeImage::parse(file));
  Uki uki{std::move(image)};
  ASTERISM_TRY(uki.version_, read_stub_version(uki.image_));
  ASTERISM_TRY(uki.model_, find_stub_model(uki.version_.major));
  ASTERISM_CHECK(uki.check_sections(), "UKI");
  return uki;
}

Result<> Uki::check_sections() {
  bool has_kernel = false;
  unsigned profile_sections = 0;
  std::set<std::string_view> names;
  for (const efi::PeSection& section : image_.sections()) {
    if (section.name == profile_section) {
      if (!model_->profiles) {
        return fail(Errc::unsupported, "systemd-stub {} knows no .profile sections", version_.text);
      }
      ++profile_sections;
      names.clear();
    }
    // Empty sections do not exist for the stub.
    if (section.virtual_size == 0 || !is_known(*model_, section.name)) continue;
    if (depends_on_machine(section.name)) {
      return fail(Errc::unsupported, "section {}: which one is measured depends on the machine", section.name);
    }
    if (!names.insert(section.name).second) {
      return fail(Errc::corrupt, "section {} stands twice (second header at offset {:#x})", section.name,
                  section.header_offset);
    }
    has_kernel = has_kernel || section.name == ".linux";
  }
  if (!has_kernel) return fail(Errc::corrupt, "no .linux section");
  if (profile_sections > profiles_max) return fail(Errc::unsupported, "more than {} profiles", profiles_max);
  profile_count_ = std::max(profile_sections, 1U);
  return {};
}

Result<std::vector<UkiSection>> Uki::sections(unsigned profile) const {
  if (profile >= profile_count_) {
    return fail(Errc::not_found, "the UKI has no profile {} (it has {})", profile, profile_count_);
  }
  std::vector<const efi::PeSection*> chosen(model_->sections.size());
  int current = -1;  // -1 is the base
  for (const efi::PeSection& section : image_.sections()) {
    if (section.name == profile_section) ++current;
    if (current != -1 && current != static_cast<int>(profile)) continue;
    if (section.virtual_size == 0) continue;
    const auto rule = std::ranges::find(model_->sections, section.name, &SectionRule::name);
    if (rule != model_->sections.end()) chosen[static_cast<std::size_t>(rule - model_->sections.begin())] = &section;
  }
  std::vector<UkiSection> effective;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (!chosen[i]) continue;
    const Bytes loaded = image_.loaded_bytes(*chosen[i]);
    effective.push_back({.name = model_->sections[i].name,
                         .measured = model_->sections[i].measured,
                         .content = {.data = loaded, .zeros_after = chosen[i]->virtual_size - loaded.size()}});
  }
  if (!find_section(effective, ".linux")) return fail(Errc::corrupt, "profile {} has no .linux section", profile);
  return effective;
}

const UkiSection* find_section(const std::vector<UkiSection>& sections, std::string_view name) {
  const auto found = std::ranges::find(sections, name, &UkiSection::name);
  return found == sections.end() ? nullptr : &*found;
}

}  // namespace asterism::measured_boot
