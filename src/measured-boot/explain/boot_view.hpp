// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "measured-boot/explain/alignment.hpp"

namespace asterism::measured_boot::explain {

/// How the first difference of a register reads.
enum class DifferenceKind : std::uint8_t {
  changed,    ///< another event in the place of the expected one
  missing,    ///< an expected event did not come
  extra,      ///< an event that was not expected
  reordered,  ///< the same events in another order
  value,      ///< every event fits, but the register's value is another one
  log,        ///< the log does not replay to the actual register
};

/// "changed", "missing", ...
[[nodiscard]] std::string_view to_string(DifferenceKind kind) noexcept;

/// The first difference of a register; pointers into the Expectation and the BootView.
struct Difference {
  DifferenceKind kind = DifferenceKind::value;
  std::size_t position = 0;  ///< events of the register before it
  const ExpectedEvent* expected = nullptr;
  const ObservedEvent* observed = nullptr;
};

/// One register, expected and observed side by side.
struct RegisterView {
  std::uint32_t number = 0;
  const ExpectedRegister* expected = nullptr;
  std::vector<const ObservedEvent*> observed;
  std::vector<Step> steps;
  std::optional<Difference> difference;  ///< none if it is as expected
  bool only_tail_missing = false;        ///< every difference is a missing event at the end
};

/// An image that somebody knows, to be recognised in a boot.
struct KnownImage {
  std::string name;
  bool debug = false;
  Digest uki;
  std::optional<Digest> boot_loader;
};

/// The whole boot, for rules that look beyond their register.
struct BootView {
  const Expectation* expectation = nullptr;
  std::vector<ObservedEvent> observed;
  std::map<std::uint32_t, RegisterView> registers;  ///< those with an expectation
  std::vector<KnownImage> known;
  bool exit_seen = false;  ///< the firmware handed over, by the digest

  /// Observed events that no expected one stands beside, or another than expected, in any register.
  [[nodiscard]] std::vector<const ObservedEvent*> unexpected() const;

  /// The observed event beside the expected one of this part and subject, where it differs.
  [[nodiscard]] const ObservedEvent* changed(Part part, std::string_view subject = {}) const;

  /// Names of the UKI's sections whose content differs, and of those that came besides.
  [[nodiscard]] std::vector<std::string> changed_sections() const;

  /// Whether something the stub takes from beside the UKI was measured.
  [[nodiscard]] bool has_unexpected_configuration() const;
};

/// Compares; `expectation` must outlive the view.
/// @errors `internal` from OpenSSL.
[[nodiscard]] Result<BootView> view_boot(const Expectation& expectation, std::vector<ObservedEvent> observed,
                                         std::vector<KnownImage> known);

}  // namespace asterism::measured_boot::explain
