// SPDX-License-Identifier: Apache-2.0
// Firmware, machine and disk: PCR 0 to 3, 5 and 6, RTMR 0 and 1.
#include <algorithm>
#include <array>

#include "event-log/event_type.hpp"
#include "measured-boot/explain/rules.hpp"

namespace asterism::measured_boot::explain {
namespace {

using Answer = Result<std::optional<Cause>>;

struct PartCause {
  Part part;
  CauseId cause;
};
constexpr std::array part_causes{
    PartCause{Part::firmware, CauseId::other_firmware},
    PartCause{Part::machine, CauseId::other_machine},
    PartCause{Part::boot_options, CauseId::boot_order_changed},
    PartCause{Part::drivers, CauseId::option_rom_loaded},
    PartCause{Part::partition_table, CauseId::partition_table_changed},
    PartCause{Part::loader_configuration, CauseId::loader_configuration_changed},
};

std::optional<CauseId> cause_of(Part part) {
  for (const PartCause& row : part_causes) {
    if (row.part == part) return row.cause;
  }
  return std::nullopt;
}

/// A boot loader that did not run did not measure its configuration either.
Answer without_boot_loader(const Case& one) {
  if (!one.expects(Part::loader_configuration) || one.difference.kind != DifferenceKind::missing) return std::nullopt;
  const bool loader_differs = std::ranges::any_of(one.boot.registers, [](const auto& item) {
    const auto& difference = item.second.difference;
    return difference && difference->expected && difference->expected->part == Part::boot_loader;
  });
  if (!loader_differs) return std::nullopt;
  return make_cause(CauseId::no_boot_loader, Part::boot_loader);
}

bool is_volume(const ExpectedEvent& event) {
  return event.part == Part::firmware &&
         (std::ranges::contains(event.types, event_log::event_type::efi_platform_firmware_blob) ||
          std::ranges::contains(event.types, event_log::event_type::efi_platform_firmware_blob2));
}

/// Firmware writes into the volume that it runs first, before it measures it. Another machine explains that one, and
/// neither the version nor the other volume.
Answer same_firmware_elsewhere(const Case& one) {
  if (one.difference.kind != DifferenceKind::changed || !one.expected() || !is_volume(*one.expected())) {
    return std::nullopt;
  }
  std::size_t volumes_alike = 0;
  bool version_alike = false;
  for (const Step& step : one.view.steps) {
    if (!step.expected) return std::nullopt;
    const ExpectedEvent& event = one.view.expected->events[*step.expected];
    if (step.kind == StepKind::same) {
      volumes_alike += is_volume(event) ? 1 : 0;
      version_alike = version_alike || std::ranges::contains(event.types, event_log::event_type::s_crtm_version);
    } else if (&event != one.expected() || volumes_alike != 0) {
      return std::nullopt;  // more than the first volume
    }
  }
  const bool other_machine = std::ranges::any_of(one.boot.registers, [](const auto& item) {
    const auto& difference = item.second.difference;
    return difference && difference->expected && difference->expected->part == Part::machine;
  });
  if (volumes_alike == 0 || !version_alike || !other_machine) return std::nullopt;
  return make_cause(CauseId::firmware_on_other_machine, Part::firmware, {}, one.observed()->text);
}

Answer by_observed(const Case& one) {
  if (!one.observed()) return std::nullopt;
  const auto cause = cause_of(part_of(*one.observed()));
  if (!cause) return std::nullopt;
  return make_cause(*cause, part_of(*one.observed()), {}, one.observed()->text);
}

Answer by_expected(const Case& one) {
  if (!one.expected()) return std::nullopt;
  const auto cause = cause_of(one.expected()->part);
  if (!cause) return std::nullopt;
  return make_cause(*cause, one.expected()->part);
}

Answer hand_over_missing(const Case& one) {
  if (!one.expects(Part::exit_boot_services)) return std::nullopt;
  return make_cause(CauseId::log_truncated, Part::exit_boot_services);
}

constexpr std::array<Rule, 5> rules{without_boot_loader, same_firmware_elsewhere, by_observed, by_expected,
                                    hand_over_missing};

}  // namespace

std::span<const Rule> platform_rules() noexcept {
  return rules;
}

}  // namespace asterism::measured_boot::explain
