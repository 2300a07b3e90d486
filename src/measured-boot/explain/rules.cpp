// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/explain/rules.hpp"

#include <algorithm>
#include <array>

#include "event-log/event_type.hpp"

namespace asterism::measured_boot::explain {
namespace {

constexpr std::array<std::byte, 4> separator_error{std::byte{1}};

using Answer = Result<std::optional<Cause>>;

Answer firmware_error(const Case& one) {
  if (!one.observed() || !one.expects(Part::separator)) return std::nullopt;
  ASTERISM_TRY(const bool is_error, is_digest_of(*one.observed(), separator_error));
  if (!is_error) return std::nullopt;
  return make_cause(CauseId::firmware_error, Part::firmware);
}

Answer truncated(const Case& one) {
  if (!one.view.only_tail_missing || one.boot.exit_seen) return std::nullopt;
  return make_cause(CauseId::log_truncated, one.expected()->part, one.expected()->subject);
}

Answer reordered(const Case& one) {
  if (one.difference.kind != DifferenceKind::reordered) return std::nullopt;
  const ExpectedEvent* expected = one.expected();
  if (expected && (expected->part == Part::section_name || expected->part == Part::section)) {
    return make_cause(CauseId::other_stub_version, Part::uki, {}, "its sections were measured in another order");
  }
  return make_cause(CauseId::events_reordered, expected ? expected->part : Part::unknown,
                    expected ? expected->subject : std::string{});
}

constexpr std::array<Rule, 3> rules{firmware_error, truncated, reordered};

}  // namespace

std::span<const Rule> log_rules() noexcept {
  return rules;
}

Result<Cause> find_cause(const Case& one) {
  const std::array groups{log_rules(),           policy_rules(),    image_rules(),   kernel_rules(),
                          configuration_rules(), userspace_rules(), platform_rules()};
  for (const auto group : groups) {
    for (const Rule rule : group) {
      ASTERISM_TRY(auto cause, rule(one));
      if (cause) return *std::move(cause);
    }
  }
  if (one.expected()) return make_cause(CauseId::unknown, one.expected()->part, one.expected()->subject);
  return make_cause(CauseId::unknown, one.observed() ? part_of(*one.observed()) : Part::unknown);
}

Result<std::optional<SecureBoot>> observed_secure_boot(const BootView& boot) {
  for (const SecureBoot state : {SecureBoot::on, SecureBoot::off, SecureBoot::absent}) {
    ASTERISM_TRY(const auto events, policy_without_variables(state, boot.expectation->bank));
    const Digest& wanted = *events.front().digest;
    const bool found = std::ranges::any_of(boot.observed, [&](const ObservedEvent& event) {
      return event.type == event_log::event_type::efi_variable_driver_config && event.digest == wanted;
    });
    if (found) return state;
  }
  return std::nullopt;
}

}  // namespace asterism::measured_boot::explain
