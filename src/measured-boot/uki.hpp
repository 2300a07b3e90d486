// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "efi/pe.hpp"
#include "measured-boot/digest_plan.hpp"
#include "measured-boot/stub_model.hpp"

namespace asterism::measured_boot {

/// A section as systemd-stub sees it in memory.
struct UkiSection {
  std::string_view name;
  bool measured = true;
  Segment content;  ///< VirtualSize bytes
};

/// A unified kernel image built on systemd-stub.
class Uki {
 public:
  /// @param file the whole file; must outlive the Uki.
  /// @errors those of efi::PeImage::parse(), read_stub_version() and find_stub_model(); `corrupt` without .linux, or
  /// for
  ///         a section of one name twice in one profile (the stub would use the first, other tools the last);
  ///         `unsupported` for .dtbauto and .efifw (what is measured depends on the machine), for .profile in images
  ///         older than 257, and for more than 256 profiles.
  [[nodiscard]] static Result<Uki> parse(const ByteView& file);

  [[nodiscard]] const efi::PeImage& image() const noexcept { return image_; }
  [[nodiscard]] const StubVersion& stub_version() const noexcept { return version_; }
  [[nodiscard]] const StubModel& model() const noexcept { return *model_; }

  /// Number of profiles that can be booted; at least 1.
  [[nodiscard]] unsigned profile_count() const noexcept { return profile_count_; }

  /// The sections in effect for a profile, in the order in which the stub measures them: the base sections, replaced by
  /// those that follow the profile's own .profile section.
  /// @errors `not_found` for a profile that is not there.
  /// @source systemd src/boot/pe.c, pe_locate_profile_sections().
  [[nodiscard]] Result<std::vector<UkiSection>> sections(unsigned profile) const;

 private:
  explicit Uki(efi::PeImage image) : image_{std::move(image)} {}
  Result<> check_sections();

  efi::PeImage image_;
  StubVersion version_;
  const StubModel* model_ = nullptr;
  unsigned profile_count_ = 1;
};

/// The section of that name, or nullptr.
[[nodiscard]] const UkiSection* find_section(const std::vector<UkiSection>& sections, std::string_view name);

}  // namespace asterism::measured_boot
