// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "measured-boot/explain/boot_view.hpp"
#include "measured-boot/explain/cause.hpp"

namespace asterism::measured_boot::explain {

/// What a rule looks at: the first difference of one register, and the boot around it.
struct Case {
  const BootView& boot;
  const RegisterView& view;
  const Difference& difference;

  [[nodiscard]] const ExpectedEvent* expected() const noexcept { return difference.expected; }
  [[nodiscard]] const ObservedEvent* observed() const noexcept { return difference.observed; }
  [[nodiscard]] bool expects(Part part) const noexcept { return expected() && expected()->part == part; }
  [[nodiscard]] bool observes(Part one) const { return observed() && part_of(*observed()) == one; }
};

/// A cause if the rule knows one. @errors `internal` from OpenSSL.
using Rule = Result<std::optional<Cause>> (*)(const Case& one);

/// Rules by what they are about; in each group the first that answers counts.
[[nodiscard]] std::span<const Rule> log_rules() noexcept;
[[nodiscard]] std::span<const Rule> policy_rules() noexcept;
[[nodiscard]] std::span<const Rule> image_rules() noexcept;
[[nodiscard]] std::span<const Rule> kernel_rules() noexcept;
[[nodiscard]] std::span<const Rule> configuration_rules() noexcept;
[[nodiscard]] std::span<const Rule> userspace_rules() noexcept;
[[nodiscard]] std::span<const Rule> platform_rules() noexcept;

/// The likely cause of a register's first difference; CauseId::unknown where no rule knows it.
/// @errors `internal` from OpenSSL.
[[nodiscard]] Result<Cause> find_cause(const Case& one);

/// The state of Secure Boot that the log's event has the digest of; nothing if there is none.
/// @errors `internal` from OpenSSL.
[[nodiscard]] Result<std::optional<SecureBoot>> observed_secure_boot(const BootView& boot);

}  // namespace asterism::measured_boot::explain
