// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/explain/alignment.hpp"

#include <algorithm>
#include <limits>

namespace asterism::measured_boot::explain {
namespace {

using Cost = std::uint32_t;

// A replacement by the same kind costs less than to leave one out and put one in; by another kind, more.
constexpr Cost cost_gap = 10;
constexpr Cost cost_same_name = 7;
constexpr Cost cost_same_type = 12;
constexpr Cost cost_other_type = 25;
constexpr std::size_t cells_max = std::size_t{4} << 20;

bool has_type(const ExpectedEvent& expected, const ObservedEvent& observed) {
  return std::ranges::contains(expected.types, observed.type);
}

bool matches(const ExpectedEvent& expected, const ObservedEvent& observed) {
  if (expected.match == Match::digest) return expected.digest == observed.digest;
  return has_type(expected, observed);
}

Cost replace_cost(const ExpectedEvent& expected, const ObservedEvent& observed) {
  if (matches(expected, observed)) return 0;
  if (!has_type(expected, observed)) return cost_other_type;
  const bool same_name = part_of(observed) == expected.part && subject_of(observed) == expected.subject;
  return same_name ? cost_same_name : cost_same_type;
}

Cost leave_out_cost(const ExpectedEvent& expected) {
  return expected.match == Match::any_number ? 0 : cost_gap;
}

/// An observed event that stands where any number of its kind may.
bool is_absorbed(const ExpectedEvent& expected, const ObservedEvent& observed) {
  return expected.match == Match::any_number && has_type(expected, observed);
}

/// Costs of aligning the rests of both lists, from each pair of places.
class Table {
 public:
  Table(const std::vector<ExpectedEvent>& expected, const std::vector<const ObservedEvent*>& observed)
      : expected_{&expected}, observed_{&observed}, width_{observed.size() + 1} {
    costs_.resize((expected.size() + 1) * width_);
    for (std::size_t e = expected.size() + 1; e-- > 0;) {
      for (std::size_t o = observed.size() + 1; o-- > 0;)
        at(e, o) = best(e, o);
    }
  }

  [[nodiscard]] std::vector<Step> steps() const {
    std::vector<Step> result;
    std::size_t e = 0;
    std::size_t o = 0;
    while (e < expected_->size() || o < observed_->size()) {
      const Step step = choose(e, o);
      if (step.expected && step.kind != StepKind::missing && !absorbs(e, o)) ++e;
      if (step.kind == StepKind::missing) ++e;
      if (step.observed) ++o;
      const bool silent = step.kind == StepKind::missing && (*expected_)[*step.expected].match == Match::any_number;
      if (!silent) result.push_back(step);
    }
    return result;
  }

 private:
  Cost& at(std::size_t e, std::size_t o) { return costs_[e * width_ + o]; }
  [[nodiscard]] Cost get(std::size_t e, std::size_t o) const { return costs_[e * width_ + o]; }
  [[nodiscard]] bool absorbs(std::size_t e, std::size_t o) const {
    return e < expected_->size() && o < observed_->size() && is_absorbed((*expected_)[e], *(*observed_)[o]);
  }

  [[nodiscard]] Cost best(std::size_t e, std::size_t o) const {
    if (e == expected_->size() && o == observed_->size()) return 0;
    Cost cost = std::numeric_limits<Cost>::max();
    if (absorbs(e, o)) cost = get(e, o + 1);
    if (e < expected_->size() && o < observed_->size() && (*expected_)[e].match != Match::any_number) {
      cost = std::min(cost, replace_cost((*expected_)[e], *(*observed_)[o]) + get(e + 1, o + 1));
    }
    if (e < expected_->size()) cost = std::min(cost, leave_out_cost((*expected_)[e]) + get(e + 1, o));
    if (o < observed_->size()) cost = std::min(cost, cost_gap + get(e, o + 1));
    return cost;
  }

  /// The step of a cheapest way on: what fits before what differs.
  [[nodiscard]] Step choose(std::size_t e, std::size_t o) const {
    const Cost total = get(e, o);
    const bool both = e < expected_->size() && o < observed_->size();
    if (absorbs(e, o) && total == get(e, o + 1)) return {.kind = StepKind::same, .expected = e, .observed = o};
    if (both && (*expected_)[e].match != Match::any_number) {
      const Cost cost = replace_cost((*expected_)[e], *(*observed_)[o]);
      if (total == cost + get(e + 1, o + 1)) {
        return {.kind = cost == 0 ? StepKind::same : StepKind::changed, .expected = e, .observed = o};
      }
    }
    if (e < expected_->size() && total == leave_out_cost((*expected_)[e]) + get(e + 1, o)) {
      return {.kind = StepKind::missing, .expected = e};
    }
    return {.kind = StepKind::extra, .observed = o};
  }

  const std::vector<ExpectedEvent>* expected_;
  const std::vector<const ObservedEvent*>* observed_;
  std::size_t width_;
  std::vector<Cost> costs_;
};

/// For lists that no boot has: side by side.
std::vector<Step> align_by_place(const std::vector<ExpectedEvent>& expected,
                                 const std::vector<const ObservedEvent*>& observed) {
  std::vector<Step> steps;
  for (std::size_t i = 0; i < std::max(expected.size(), observed.size()); ++i) {
    if (i >= expected.size()) {
      steps.push_back({.kind = StepKind::extra, .observed = i});
    } else if (i >= observed.size()) {
      steps.push_back({.kind = StepKind::missing, .expected = i});
    } else {
      const bool same = matches(expected[i], *observed[i]);
      steps.push_back({.kind = same ? StepKind::same : StepKind::changed, .expected = i, .observed = i});
    }
  }
  return steps;
}

}  // namespace

std::vector<Step> align(const std::vector<ExpectedEvent>& expected, const std::vector<const ObservedEvent*>& observed) {
  if ((expected.size() + 1) * (observed.size() + 1) > cells_max) return align_by_place(expected, observed);
  return Table{expected, observed}.steps();
}

}  // namespace asterism::measured_boot::explain
