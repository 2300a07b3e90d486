// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/explain/boot_view.hpp"

#include <algorithm>
#include <set>

#include "event-log/event_type.hpp"

namespace asterism::measured_boot::explain {
namespace {

Result<Digest> value_of(const RegisterView& view, HashAlgorithm bank) {
  Digest value{bank};
  for (const ObservedEvent* event : view.observed) {
    ASTERISM_TRY(value, hash(bank, {value.bytes(), event->digest.bytes()}));
  }
  return value;
}

/// Whether the events that stand on one side only are the same on both sides.
bool is_reordered(const RegisterView& view) {
  std::multiset<std::string> expected;
  std::multiset<std::string> observed;
  for (const Step& step : view.steps) {
    if (step.kind == StepKind::same) continue;
    if (step.expected) {
      const auto& digest = view.expected->events[*step.expected].digest;
      if (!digest) return false;
      expected.insert(digest->hex());
    }
    if (step.observed) observed.insert(view.observed[*step.observed]->digest.hex());
  }
  return !expected.empty() && expected == observed;
}

/// Whether the firmware's log only lacks its end; what systemd's log says comes behind that.
bool only_tail_is_missing(const RegisterView& view) {
  const auto first = std::ranges::find_if(view.steps, [](const Step& step) { return step.kind != StepKind::same; });
  return first != view.steps.end() && std::all_of(first, view.steps.end(), [&](const Step& step) {
           return step.kind == StepKind::missing ||
                  (step.kind == StepKind::same && view.observed[*step.observed]->userspace);
         });
}

Difference difference_at(const RegisterView& view, std::size_t place) {
  const Step& step = view.steps[place];
  Difference difference;
  difference.kind = step.kind == StepKind::changed   ? DifferenceKind::changed
                    : step.kind == StepKind::missing ? DifferenceKind::missing
                                                     : DifferenceKind::extra;
  difference.position = place;
  if (step.expected) difference.expected = &view.expected->events[*step.expected];
  if (step.observed) difference.observed = view.observed[*step.observed];
  return difference;
}

/// All events fit where digests are known, but the promised value is another: the first unknown one is the difference.
Difference value_difference(const RegisterView& view) {
  Difference difference;
  for (std::size_t i = 0; i < view.steps.size(); ++i) {
    const Step& step = view.steps[i];
    if (!step.expected || view.expected->events[*step.expected].match == Match::digest) continue;
    difference = difference_at(view, i);
    break;
  }
  difference.kind = DifferenceKind::value;
  return difference;
}

Result<> compare(RegisterView& view, HashAlgorithm bank) {
  view.steps = align(view.expected->events, view.observed);
  if (view.expected->value) {
    ASTERISM_TRY(const auto value, value_of(view, bank));
    if (value == *view.expected->value) return {};
  }
  const auto first = std::ranges::find_if(view.steps, [](const Step& step) { return step.kind != StepKind::same; });
  if (first == view.steps.end()) {
    if (view.expected->value) view.difference = value_difference(view);
    return {};
  }
  view.difference = difference_at(view, static_cast<std::size_t>(first - view.steps.begin()));
  view.only_tail_missing = only_tail_is_missing(view);
  if (is_reordered(view)) view.difference->kind = DifferenceKind::reordered;
  return {};
}

}  // namespace

std::string_view to_string(DifferenceKind kind) noexcept {
  switch (kind) {
    case DifferenceKind::changed:
      return "changed";
    case DifferenceKind::missing:
      return "missing";
    case DifferenceKind::extra:
      return "extra";
    case DifferenceKind::reordered:
      return "reordered";
    case DifferenceKind::value:
      return "value";
    case DifferenceKind::log:
      return "log";
  }
  return "value";
}

std::vector<const ObservedEvent*> BootView::unexpected() const {
  std::vector<const ObservedEvent*> events;
  for (const auto& [number, view] : registers) {
    for (const Step& step : view.steps) {
      if (step.kind != StepKind::same && step.observed) events.push_back(view.observed[*step.observed]);
    }
  }
  return events;
}

const ObservedEvent* BootView::changed(Part part, std::string_view subject) const {
  for (const auto& [number, view] : registers) {
    for (const Step& step : view.steps) {
      if (step.kind != StepKind::changed) continue;
      const ExpectedEvent& event = view.expected->events[*step.expected];
      if (event.part == part && (subject.empty() || event.subject == subject)) return view.observed[*step.observed];
    }
  }
  return nullptr;
}

std::vector<std::string> BootView::changed_sections() const {
  std::vector<std::string> names;
  const auto add = [&](std::string name) {
    if (!std::ranges::contains(names, name)) names.push_back(std::move(name));
  };
  for (const auto& [number, view] : registers) {
    for (const Step& step : view.steps) {
      if (step.kind == StepKind::same) continue;
      if (step.expected) {
        const ExpectedEvent& event = view.expected->events[*step.expected];
        if (event.part == Part::section) add(event.subject);
      } else if (part_of(*view.observed[*step.observed]) == Part::section) {
        add(subject_of(*view.observed[*step.observed]));
      }
    }
  }
  return names;
}

bool BootView::has_unexpected_configuration() const {
  return std::ranges::any_of(unexpected(), [](const ObservedEvent* event) {
    const Part part = part_of(*event);
    return part == Part::boot_configuration || part == Part::profile;
  });
}

Result<BootView> view_boot(const Expectation& expectation, std::vector<ObservedEvent> observed,
                           std::vector<KnownImage> known) {
  BootView boot{
      .expectation = &expectation, .observed = std::move(observed), .registers = {}, .known = std::move(known)};
  for (const auto& [number, expected] : expectation.by_register) {
    boot.registers.emplace(
        number, RegisterView{.number = number, .expected = &expected, .observed = {}, .steps = {}, .difference = {}});
  }
  for (const ObservedEvent& event : boot.observed) {
    const auto place = boot.registers.find(event.register_number);
    if (place != boot.registers.end()) place->second.observed.push_back(&event);
    ASTERISM_TRY(const bool is_exit, is_digest_of(event, as_bytes(exit_called_action)));
    boot.exit_seen = boot.exit_seen || is_exit;
  }
  for (auto& [number, view] : boot.registers) {
    ASTERISM_CHECK(compare(view, expectation.bank));
  }
  return boot;
}

}  // namespace asterism::measured_boot::explain
