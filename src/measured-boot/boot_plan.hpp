// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measured-boot/boot_events.hpp"
#include "measured-boot/digest_plan.hpp"
#include "measured-boot/uki.hpp"

namespace asterism::measured_boot {

/// Everything of one boot chain that has to be hashed, and where each digest will stand.
class BootPlan {
 public:
  /// @param uki must outlive the plan.
  /// @param boot_loader must outlive the plan; nullptr where the firmware starts the UKI.
  /// @errors `corrupt` where an image cannot be hashed as firmware would.
  [[nodiscard]] static Result<BootPlan> make(const Uki& uki, const efi::PeImage* boot_loader);

  /// Adds a profile. @errors `not_found`; `corrupt` for a kernel that firmware would not load.
  [[nodiscard]] Result<> add_profile(unsigned number);

  /// Hashes everything. Call once, after the last add_profile().
  [[nodiscard]] Result<> run(unsigned threads, const std::function<void(Bytes)>& done_with) {
    return plan_.run(threads, done_with);
  }

  struct Profile {
    unsigned number = 0;
    std::u16string command_line;
    std::vector<UkiSection> sections;
    std::vector<DigestPlan::Id> section_ids;  ///< parallel to sections
    std::optional<DigestPlan::Id> inner_kernel;
    std::optional<DigestPlan::Id> load_options;
    std::optional<DigestPlan::Id> initrd;
  };
  [[nodiscard]] const std::vector<Profile>& profiles() const noexcept { return profiles_; }

  /// Authenticode digests, once run() is done.
  [[nodiscard]] const BankDigests& uki_digests() const { return plan_.digests(uki_id_); }
  [[nodiscard]] std::optional<BankDigests> boot_loader_digests() const { return digests_at(boot_loader_id_); }
  [[nodiscard]] const BankDigests& digests(DigestPlan::Id id) const { return plan_.digests(id); }

  /// What the events of a boot of this profile are made of, once run() is done.
  [[nodiscard]] BootDigests boot_digests(const Profile& profile) const;

 private:
  explicit BootPlan(const Uki& uki) : uki_{&uki} {}
  [[nodiscard]] std::optional<BankDigests> digests_at(const std::optional<DigestPlan::Id>& id) const;

  const Uki* uki_;
  DigestPlan plan_;
  DigestPlan::Id uki_id_;
  std::optional<DigestPlan::Id> boot_loader_id_;
  std::vector<Profile> profiles_;
};

}  // namespace asterism::measured_boot
