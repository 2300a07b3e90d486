// SPDX-License-Identifier: Apache-2.0
// What a boot measures around the predicted events: which kinds of events, in which order, whatever their digests.
#include <algorithm>
#include <array>

#include "event-log/data_check.hpp"
#include "event-log/event_type.hpp"
#include "measured-boot/explain/alignment.hpp"
#include "measured-boot/explain/expectation.hpp"
#include "measured-boot/explain/observation.hpp"

namespace asterism::measured_boot::explain {
namespace {

using event_log::RegisterSet;

constexpr std::uint32_t rtmr_0 = 1;
constexpr std::uint32_t rtmr_1 = 2;
constexpr std::uint32_t rtmr_2 = 3;
constexpr std::array<std::byte, 4> separator_data{};
constexpr unsigned stub_measures_sections_to_rtmr = 256;
constexpr unsigned stub_measures_tags_to_rtmr = 261;

ExpectedEvent any(Part part, std::string what, Match match = Match::any_number) {
  return {.part = part, .subject = {}, .what = std::move(what), .match = match, .types = event_types(part)};
}

Result<ExpectedEvent> known(Part part, std::string what, Bytes data, HashAlgorithm bank) {
  ExpectedEvent event{.part = part, .subject = {}, .what = std::move(what), .types = event_types(part)};
  ASTERISM_TRY(event.digest, hash(bank, data));
  return event;
}

Result<> append_exit(std::vector<ExpectedEvent>& events, HashAlgorithm bank) {
  for (const std::string_view action : {exit_called_action, exit_done_action}) {
    ASTERISM_TRY(auto event,
                 known(Part::exit_boot_services, std::format("action: {}", action), as_bytes(action), bank));
    events.push_back(std::move(event));
  }
  return {};
}

/// The RTMR that holds what goes to a PCR on machines with a TPM; 0 for MRTD, which holds no events.
std::uint32_t rtmr_of(PcrIndex pcr) {
  if (pcr == 1 || pcr == 7) return rtmr_0;
  if (pcr >= 2 && pcr <= 6) return rtmr_1;
  return pcr >= 8 && pcr <= 15 ? rtmr_2 : 0;
}

/// Whether an event reaches the RTMRs: what systemd measures from userspace never does, and older stubs measure less.
bool reaches_rtmr(const PartName& of, Stage stage, unsigned stub_version) {
  if (stage > Stage::kernel) return false;
  if (of.part == Part::section_name || of.part == Part::section || of.part == Part::boot_configuration) {
    return stub_version >= stub_measures_sections_to_rtmr;
  }
  if (of.part == Part::profile) return stub_version >= stub_measures_tags_to_rtmr;
  return true;
}

Result<> surround_tdx(Expectation& expectation) {
  auto& first = expectation.by_register[rtmr_0].events;
  if (first.empty()) {
    ASTERISM_TRY(first, policy_without_variables(expectation.secure_boot, expectation.bank));
  }
  first.insert(first.begin(), {any(Part::machine, "memory map"), any(Part::firmware, "firmware volumes"),
                               any(Part::machine, "firmware configuration")});
  // Behind the separator: ACPI tables and boot options, and what a boot loader adds.
  const auto end = std::ranges::find(first, Part::separator, &ExpectedEvent::part);
  if (end != first.end()) {
    first.insert(end + 1, {any(Part::machine, "tables of the machine"), any(Part::boot_options, "boot options"),
                           any(Part::machine, "tables of the machine")});
  }
  auto& second = expectation.by_register[rtmr_1].events;
  const auto separator = std::ranges::find(second, Part::separator, &ExpectedEvent::part);
  if (separator != second.end()) second.insert(separator + 1, any(Part::partition_table, "partition table"));
  const auto loader = std::ranges::find(second, Part::boot_loader, &ExpectedEvent::part);
  if (loader != second.end() && expectation.stub_version >= stub_measures_tags_to_rtmr) {
    second.insert(loader + 1, any(Part::loader_configuration, "loader.conf"));
  }
  return append_exit(second, expectation.bank);
}

Result<> surround_tpm(Expectation& expectation, const ExpectationOptions& options) {
  ASTERISM_TRY(const auto separator, known(Part::separator, "separator", separator_data, expectation.bank));
  auto& fifth = expectation.by_register[5].events;
  fifth = {any(Part::partition_table, "partition table"), separator, any(Part::partition_table, "partition table"),
           any(Part::loader_configuration, "loader.conf")};
  ASTERISM_CHECK(append_exit(fifth, expectation.bank));
  if (options.platform != "qemu") return {};
  for (const std::uint32_t number : {2U, 3U, 6U})
    expectation.by_register[number].events = {separator};
  return {};
}

ExpectedEvent as_expected(const ObservedEvent& event) {
  return {.part = part_of(event),
          .subject = subject_of(event),
          .what = event.text,
          .digest = event.digest,
          .types = {event.type}};
}

/// Events whose digests are not known, replaced by those that stand in their places in the reference.
std::vector<ExpectedEvent> filled(const std::vector<ExpectedEvent>& events,
                                  const std::vector<const ObservedEvent*>& reference) {
  std::vector<ExpectedEvent> result;
  for (const Step& step : align(events, reference)) {
    if (!step.expected) continue;
    const ExpectedEvent& event = events[*step.expected];
    const bool is_known = event.match == Match::digest || !step.observed;
    ExpectedEvent one = is_known ? event : as_expected(*reference[*step.observed]);
    if (!is_known && event.match == Match::any_one) {
      one.part = event.part;
      one.subject = event.subject;
    }
    result.push_back(std::move(one));
  }
  return result;
}

}  // namespace

void place_events(Expectation& expectation, const std::vector<Event>& events, const ExpectationOptions& options) {
  for (const Event& event : events) {
    if (event.stage > options.stage || (!options.userspace && event.stage > Stage::kernel)) continue;
    const PartName of = classify_prediction(event.what);
    std::uint32_t number = event.pcr;
    if (options.registers == RegisterSet::tdx) {
      if (!reaches_rtmr(of, event.stage, expectation.stub_version)) continue;
      number = rtmr_of(event.pcr);
    }
    expectation.by_register[number].events.push_back({.part = of.part,
                                                      .subject = of.subject,
                                                      .what = event.what,
                                                      .stage = event.stage,
                                                      .digest = event.digests.of(options.bank),
                                                      .types = event_types(of.part)});
  }
}

Result<> add_surroundings(Expectation& expectation, const ExpectationOptions& options) {
  return options.registers == RegisterSet::tdx ? surround_tdx(expectation) : surround_tpm(expectation, options);
}

Result<std::vector<ExpectedEvent>> policy_without_variables(SecureBoot state, HashAlgorithm bank) {
  // The flag's digest depends on the state alone, so that any variables give it.
  const SecureBootVariables some{.pk = {std::byte{0}}, .kek = {}, .db = {}, .dbx = {}};
  ASTERISM_TRY(const auto events, secure_boot_events(state, some, {}));
  std::vector<ExpectedEvent> expected;
  for (const Event& event : events) {
    const PartName of = classify_prediction(event.what);
    const bool is_known = of.part != Part::secure_boot_key;
    expected.push_back({.part = of.part,
                        .subject = of.subject,
                        .what = event.what,
                        .match = is_known ? Match::digest : Match::any_one,
                        .digest = is_known ? std::optional{event.digests.of(bank)} : std::nullopt,
                        .types = event_types(of.part)});
  }
  if (state == SecureBoot::on) expected.push_back(any(Part::authority, "db entries that signed the images"));
  return expected;
}

Result<> add_reference(Expectation& expectation, const BootLogs& reference) {
  if (reference.log.registers != expectation.registers) {
    return fail(Errc::unverified, "the reference log is of another kind: one of them is of a TPM, one of TDX");
  }
  ASTERISM_TRY(const auto events, observe(reference, expectation.bank), "the reference log");
  std::map<std::uint32_t, std::vector<const ObservedEvent*>> by_register;
  for (const ObservedEvent& event : events)
    by_register[event.register_number].push_back(&event);
  for (const auto& [number, observed] : by_register) {
    const auto place = expectation.by_register.find(number);
    if (place != expectation.by_register.end()) {
      place->second.events = filled(place->second.events, observed);
    } else if (expectation.registers == RegisterSet::tdx || number <= 7) {
      for (const ObservedEvent* event : observed)
        expectation.by_register[number].events.push_back(as_expected(*event));
    }
  }
  if (expectation.registers ==
      RegisterSet::tpm) {  // GRUB's and shim's: what the reference does not hold is not expected
    for (const std::uint32_t number : {8U, 14U})
      expectation.by_register.try_emplace(number);
  }
  return {};
}

}  // namespace asterism::measured_boot::explain
