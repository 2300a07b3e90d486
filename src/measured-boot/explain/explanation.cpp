// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/explain/explanation.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/json_decoder.hpp"
#include "event-log/replay.hpp"
#include "measured-boot/explain/rules.hpp"

namespace asterism::measured_boot::explain {
namespace {

using event_log::RegisterSet;

constexpr std::array<std::string_view, 4> phases{"enter-initrd", "leave-initrd", "sysinit", "ready"};

Result<std::uint32_t> parse_register(std::string_view key, RegisterSet set) {
  for (std::uint32_t number = 0; number <= (set == RegisterSet::tpm ? 23U : 4U); ++number) {
    const std::string name = event_log::register_name(set, number);
    if (key == name || (set == RegisterSet::tpm && key == std::to_string(number))) return number;
  }
  return fail(Errc::corrupt, "'{}' is no register of this log", excerpt(key));
}

/// Without systemd's log: whether the actual value is the log's with the first phases behind it.
/// @returns the last phase, or nothing.
Result<std::optional<std::string_view>> phase_reached(const Digest& log_value, const Digest& actual) {
  Digest value = log_value;
  for (const std::string_view word : phases) {
    ASTERISM_TRY(const auto digest, hash(value.algorithm(), as_bytes(word)));
    ASTERISM_TRY(value, hash(value.algorithm(), {value.bytes(), digest.bytes()}));
    if (value == actual) return word;
  }
  return std::nullopt;
}

Result<std::optional<Digest>> expected_value(const RegisterView& view, HashAlgorithm bank) {
  if (view.expected->value) return view.expected->value;
  Digest value{bank};
  for (const ExpectedEvent& event : view.expected->events) {
    if (!event.digest) return std::nullopt;
    ASTERISM_TRY(value, hash(bank, {value.bytes(), event.digest->bytes()}));
  }
  return value;
}

/// Whether a register is as after a start. PCR 17 to 22 hold ones until a dynamic launch, of which no event tells.
/// @source TCG PC Client Platform TPM Profile 1.05, section 4.6 (PCR initial and reset values).
bool is_untouched(RegisterSet set, std::uint32_t number, const Digest& actual) {
  return set == RegisterSet::tpm && number >= 17 && number <= 22 &&
         std::ranges::all_of(actual.bytes(), [](std::byte b) { return b == std::byte{0xff}; });
}

class Judge {
 public:
  Judge(const BootView& boot, const event_log::RegisterValues& replayed, bool has_userspace, const ActualValues& actual)
      : boot_{&boot}, replayed_{&replayed}, has_userspace_{has_userspace}, actual_{&actual} {}

  Result<Explanation> run() && {
    result_.notes = boot_->expectation->notes;
    for (const auto& [number, view] : boot_->registers) {
      ASTERISM_CHECK(judge(number, &view));
    }
    for (const auto& [number, value] : *actual_) {
      if (!boot_->registers.contains(number)) ASTERISM_CHECK(judge(number, nullptr));
    }
    for (const auto& [number, value] : *replayed_) {
      if (!boot_->registers.contains(number)) result_.not_predicted.push_back(number);
    }
    std::ranges::sort(result_.registers, {}, &RegisterReport::number);
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::string name(std::uint32_t number) const {
    return event_log::register_name(boot_->expectation->registers, number);
  }

  /// Whether log and actual value contradict each other.
  Result<bool> contradicts(const RegisterReport& report) {
    if (!report.actual || *report.actual == report.log_value) return false;
    if (!replayed_->contains(report.number) &&
        is_untouched(boot_->expectation->registers, report.number, *report.actual)) {
      return false;
    }
    if (has_userspace_ || report.number != pcr_kernel_boot) return true;
    ASTERISM_TRY(const auto phase, phase_reached(report.log_value, *report.actual));
    if (!phase) return true;
    result_.notes.push_back(
        std::format("{} holds the log's value and the phases up to {}", name(report.number), *phase));
    return false;
  }

  Result<Cause> contradiction(const RegisterView* view, const RegisterReport& report) const {
    std::string detail;
    if (view) {
      ASTERISM_TRY(const auto expected, expected_value(*view, boot_->expectation->bank));
      if (expected == report.actual) detail = "the register itself is as expected";
    }
    return make_cause(CauseId::log_contradicts_register, Part::log, {}, detail);
  }

  Result<> judge(std::uint32_t number, const RegisterView* view) {
    const auto replayed = replayed_->find(number);
    RegisterReport report{
        .number = number,
        .log_value = replayed == replayed_->end() ? Digest{boot_->expectation->bank} : replayed->second,
        .difference = std::nullopt,
        .cause = std::nullopt};
    const auto actual = actual_->find(number);
    if (actual != actual_->end()) report.actual = actual->second;
    ASTERISM_TRY(const bool wrong_log, contradicts(report));
    if (wrong_log) {
      report.difference = Difference{.kind = DifferenceKind::log};
      if (view && view->difference) report.difference = view->difference;
      report.difference->kind = DifferenceKind::log;
      ASTERISM_TRY(report.cause, contradiction(view, report));
    } else if (view && view->difference) {
      report.difference = view->difference;
      ASTERISM_TRY(report.cause, find_cause({*boot_, *view, *view->difference}));
    }
    result_.registers.push_back(std::move(report));
    return {};
  }

  const BootView* boot_;
  const event_log::RegisterValues* replayed_;
  bool has_userspace_;
  const ActualValues* actual_;
  Explanation result_;
};

}  // namespace

bool Explanation::agrees() const {
  return std::ranges::none_of(registers, [](const RegisterReport& report) { return report.difference.has_value(); });
}

Result<ActualValues> parse_actual_values(std::string_view text, RegisterSet set, HashAlgorithm bank) {
  ASTERISM_TRY(const auto json, parse_json(text));
  ASTERISM_TRY(auto banks, JsonObjectDecoder::make(json, "$"));
  const Json* wanted = banks.optional(to_string(bank));
  if (!wanted) return fail(Errc::not_found, "$: no values of {}", to_string(bank));
  ASTERISM_TRY(auto registers, JsonObjectDecoder::make(*wanted, banks.path_of(to_string(bank))));
  ActualValues values;
  for (const auto& [key, value] : registers.members()) {
    ASTERISM_TRY(const auto number, parse_register(key, set), "{}", registers.path());
    const auto* digits = value.get_if<std::string>();
    if (!digits) return fail(Errc::corrupt, "{}: expected string", registers.path_of(excerpt(key)));
    ASTERISM_TRY(const auto digest, Digest::from_hex(bank, *digits), "{}", registers.path_of(excerpt(key)));
    if (!values.emplace(number, digest).second) {
      return fail(Errc::corrupt, "{}: a second value of the register", registers.path_of(excerpt(key)));
    }
  }
  return values;
}

Result<Explanation> explain(const BootView& boot, const event_log::EventLog& log,
                            const std::vector<event_log::UserspaceEvent>& userspace, const ActualValues& actual) {
  ASTERISM_TRY(const auto banks, event_log::replay(log, userspace));
  const auto registers = banks.find(boot.expectation->bank);
  if (registers == banks.end())
    return fail(Errc::unverified, "the log has no {} digests", to_string(boot.expectation->bank));
  return Judge{boot, registers->second, !userspace.empty(), actual}.run();
}

}  // namespace asterism::measured_boot::explain
