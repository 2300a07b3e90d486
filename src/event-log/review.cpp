// SPDX-License-Identifier: Apache-2.0
#include "event-log/review.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "event-log/data_check.hpp"
#include "event-log/decode.hpp"
#include "event-log/event_type.hpp"

namespace asterism::event_log {
namespace {

constexpr std::uint32_t pcr_crtm = 0;
constexpr std::uint32_t pcr_policy = 7;
constexpr std::array<std::byte, 4> separator_zeros{};
constexpr std::array<std::byte, 4> separator_ones{std::byte{0xff}, std::byte{0xff}, std::byte{0xff}, std::byte{0xff}};
constexpr std::array<std::byte, 4> separator_error{std::byte{1}};
constexpr std::string_view exit_called = "Exit Boot Services Invocation";
constexpr std::array<std::string_view, 4> actions{"Calling EFI Application from Boot Option",
                                                  "Returning from EFI Application from Boot Option", exit_called,
                                                  "Exit Boot Services Returned with Success"};

/// Digests that mean something by themselves, in the log's strongest bank.
class WellKnown {
 public:
  static Result<WellKnown> make(HashAlgorithm bank) {
    WellKnown known;
    known.bank_ = bank;
    for (const Bytes content : {Bytes{separator_zeros}, Bytes{separator_ones}, Bytes{separator_error}}) {
      ASTERISM_TRY(const auto digest, hash(bank, content));
      known.types_.emplace(digest.hex(), event_type::separator);
    }
    for (const std::string_view action : actions) {
      ASTERISM_TRY(const auto digest, hash(bank, as_bytes(action)));
      known.types_.emplace(digest.hex(), event_type::efi_action);
      if (action == exit_called) known.exit_called_ = digest.hex();
    }
    return known;
  }

  /// The type that an event with this digest must have; nothing for digests that mean nothing by themselves.
  [[nodiscard]] std::optional<std::uint32_t> type_of(const LoggedEvent& event) const {
    const auto digest = digest_of(event, bank_);
    if (!digest) return std::nullopt;
    const auto found = types_.find(digest->hex());
    return found == types_.end() ? std::nullopt : std::optional{found->second};
  }
  [[nodiscard]] bool is_exit(const LoggedEvent& event) const {
    const auto digest = digest_of(event, bank_);
    return digest && digest->hex() == exit_called_;
  }

 private:
  HashAlgorithm bank_ = HashAlgorithm::sha384;
  std::map<std::string, std::uint32_t> types_;
  std::string exit_called_;
};

class Reviewer {
 public:
  explicit Reviewer(const EventLog& log) : log_{&log} {}

  Result<std::vector<Remark>> run() && {
    std::optional<WellKnown> known;
    for (const HashAlgorithm bank : {HashAlgorithm::sha256, HashAlgorithm::sha384}) {
      if (!std::ranges::contains(log_->spec.algorithms, algorithm_id(bank), &AlgorithmSize::id)) continue;
      ASTERISM_TRY(known, WellKnown::make(bank));
    }
    bool exit_seen = false;
    for (number_ = 0; number_ < log_->events.size(); ++number_) {
      const LoggedEvent& event = log_->events[number_];
      const Facts facts = decode(event);
      ASTERISM_CHECK(look_at_data(event, facts));
      if (event.type == event_type::no_action) continue;
      if (known) {
        look_at_type(event, *known);
        exit_seen = exit_seen || known->is_exit(event);
      }
      look_at_order(event, facts);
    }
    for (const std::uint32_t number : extended_) {
      if (log_->registers == RegisterSet::tpm && number <= pcr_policy && !separated_.contains(number)) {
        about_log(Oddity::missing_separator,
                  std::format("{} has no separator", register_name(log_->registers, number)));
      }
    }
    if (!exit_seen) about_log(Oddity::no_exit_boot_services, "the log ends before ExitBootServices");
    return std::move(remarks_);
  }

 private:
  void remark(const LoggedEvent& event, Oddity oddity, std::string text) {
    remarks_.push_back({.oddity = oddity, .event = number_, .offset = event.offset, .text = std::move(text)});
  }
  void about_log(Oddity oddity, std::string text) {
    remarks_.push_back({.oddity = oddity, .event = std::nullopt, .offset = log_->size_bytes, .text = std::move(text)});
  }

  Result<> look_at_data(const LoggedEvent& event, const Facts& facts) {
    if (const auto* malformed = std::get_if<MalformedFacts>(&facts)) {
      remark(event, Oddity::malformed_data, malformed->reason);
    }
    ASTERISM_TRY(const auto check, check_data(event));
    if (check == DataCheck::contradicts) {
      remark(event, Oddity::data_contradicts_digest,
             std::format("the digest of {} is not that of its data", event_type_name(event.type)));
    }
    const bool digest_is_zero = std::ranges::all_of(event.digests, [](const LoggedDigest& digest) {
      return std::ranges::all_of(digest.bytes, [](std::byte b) { return b == std::byte{0}; });
    });
    if (event.type == event_type::no_action && !digest_is_zero) {
      remark(event, Oddity::no_action_with_digest, "an event that no register holds has a digest");
    }
    return {};
  }

  void look_at_type(const LoggedEvent& event, const WellKnown& known) {
    const auto type = known.type_of(event);
    // Both types of action are in use, and a BootOrder of {1, 0} has the four bytes of the error separator. Anything
    // else with such a digest hides what it is.
    if (!type || *type == event.type || (*type == event_type::efi_action && event.type == event_type::action)) return;
    if (*type == event_type::separator && event.type == event_type::efi_variable_boot) return;
    remark(event, Oddity::disguised_event,
           std::format("the digest is that of {}, but the type is {}", event_type_name(*type),
                       event_type_name(event.type)));
  }

  void look_at_order(const LoggedEvent& event, const Facts& facts) {
    const std::uint32_t number = event.register_number;
    const bool tpm = log_->registers == RegisterSet::tpm;
    const bool separated = separated_.contains(number);
    extended_.insert(number);
    if (event.type == event_type::separator) {
      const auto* value = std::get_if<SeparatorFacts>(&facts);
      if (value && value->is_error()) remark(event, Oddity::error_separator, "firmware reported an error");
      if (separated) {
        remark(event, Oddity::second_separator,
               std::format("a second separator in {}", register_name(log_->registers, number)));
      }
      separated_.insert(number);
      return;
    }
    if (!tpm) return;
    if (number == pcr_crtm && separated) remark(event, Oddity::event_behind_separator, "an event behind PCR 0's end");
    if (number != pcr_policy) return;
    if (event.type == event_type::efi_variable_authority && !separated) {
      remark(event, Oddity::authority_before_separator, "an authority before the policy was complete");
    }
    if (event.type == event_type::efi_variable_driver_config && separated) {
      remark(event, Oddity::policy_behind_separator, "a Secure Boot variable behind the policy's end");
    }
  }

  const EventLog* log_;
  std::size_t number_ = 0;
  std::vector<Remark> remarks_;
  std::set<std::uint32_t> separated_;
  std::set<std::uint32_t> extended_;
};

}  // namespace

std::string_view to_string(Oddity oddity) noexcept {
  switch (oddity) {
    case Oddity::data_contradicts_digest:
      return "data-contradicts-digest";
    case Oddity::disguised_event:
      return "disguised-event";
    case Oddity::error_separator:
      return "error-separator";
    case Oddity::second_separator:
      return "second-separator";
    case Oddity::missing_separator:
      return "missing-separator";
    case Oddity::event_behind_separator:
      return "event-behind-separator";
    case Oddity::authority_before_separator:
      return "authority-before-separator";
    case Oddity::policy_behind_separator:
      return "policy-behind-separator";
    case Oddity::no_exit_boot_services:
      return "no-exit-boot-services";
    case Oddity::no_action_with_digest:
      return "no-action-with-digest";
    case Oddity::malformed_data:
      return "malformed-data";
  }
  return "malformed-data";
}

Result<std::vector<Remark>> review(const EventLog& log) {
  return Reviewer{log}.run();
}

}  // namespace asterism::event_log
