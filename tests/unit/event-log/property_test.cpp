// SPDX-License-Identifier: Apache-2.0
// Random logs: what a writer wrote is what the parser reads, and replaying is the sum of its parts.
#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "event-log/data_check.hpp"
#include "event-log/decode.hpp"
#include "event-log/facts_json.hpp"
#include "event-log/replay.hpp"
#include "event-log/review.hpp"
#include "event-log/tcg_log.hpp"
#include "event-log/testing/log_builder.hpp"

using namespace asterism;
using namespace asterism::event_log;
using asterism::event_log::testing::LogBuilder;

namespace {

struct RandomEvent {
  std::uint32_t number = 0;
  std::uint32_t type = 0;
  std::string data;
};

constexpr std::array interesting_types{event_type::no_action,
                                       event_type::separator,
                                       event_type::event_tag,
                                       event_type::ipl,
                                       event_type::efi_variable_driver_config,
                                       event_type::efi_variable_boot,
                                       event_type::efi_boot_services_application,
                                       event_type::efi_gpt_event,
                                       event_type::efi_action,
                                       event_type::efi_platform_firmware_blob2,
                                       event_type::efi_handoff_tables2,
                                       event_type::efi_variable_authority};

RandomEvent random_event() {
  const auto type = *rc::gen::oneOf(
      rc::gen::elementOf(std::vector<std::uint32_t>{interesting_types.begin(), interesting_types.end()}),
      rc::gen::arbitrary<std::uint32_t>());
  return {.number = *rc::gen::inRange<std::uint32_t>(0, 24), .type = type, .data = *rc::gen::arbitrary<std::string>()};
}

std::vector<RandomEvent> random_events() {
  std::vector<RandomEvent> events;
  const auto count = *rc::gen::inRange(0, 20);
  for (int i = 0; i < count; ++i)
    events.push_back(random_event());
  return events;
}

std::vector<AlgorithmSize> random_algorithms() {
  const std::vector<AlgorithmSize> all{
      {algorithm_sha1, 20}, {algorithm_sha256, 32}, {algorithm_sha384, 48}, {0x1234, 7}};
  std::vector<AlgorithmSize> chosen;
  for (const auto& algorithm : all) {
    if (*rc::gen::arbitrary<bool>()) chosen.push_back(algorithm);
  }
  if (chosen.empty()) chosen.push_back(all[1]);
  return chosen;
}

std::vector<std::byte> write(const std::vector<AlgorithmSize>& algorithms, const std::vector<RandomEvent>& events) {
  LogBuilder builder{algorithms};
  for (const auto& event : events)
    builder.event(event.number, event.type, event.data);
  return builder.build();
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
  BOOST_TEST(rc::check("written logs are read", [] {
    const auto algorithms = random_algorithms();
    const auto events = random_events();
    auto bytes = write(algorithms, events);
    const auto size = bytes.size();
    bytes.resize(size + *rc::gen::inRange<std::size_t>(0, 100), std::byte{0xff});
    const auto log = parse_tcg_log(ByteView{bytes}, RegisterSet::tpm).value();
    RC_ASSERT(log.size_bytes == size);
    RC_ASSERT(log.spec.algorithms == algorithms);
    RC_ASSERT(log.events.size() == events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
      RC_ASSERT(log.events[i].register_number == events[i].number);
      RC_ASSERT(log.events[i].type == events[i].type);
      RC_ASSERT(as_text(log.events[i].data) == events[i].data);
      RC_ASSERT(log.events[i].digests.size() == algorithms.size());
      const auto check = check_data(log.events[i]).value();
      const bool computed = log.events[i].digest(algorithm_sha256) || log.events[i].digest(algorithm_sha384);
      RC_ASSERT(check == (events[i].type == event_type::no_action ? DataCheck::not_extended
                          : computed                              ? DataCheck::agrees
                                                                  : DataCheck::unchecked));
      RC_ASSERT(printable(to_text(decode(log.events[i]))) == to_text(decode(log.events[i])));
      RC_ASSERT(!to_json(decode(log.events[i])).to_text().empty());
    }
    RC_ASSERT(review(log).has_value());
  }));
}

BOOST_AUTO_TEST_CASE(registers_do_not_depend_on_the_others_events) {
  BOOST_TEST(rc::check("order across registers does not matter", [] {
    auto events = random_events();
    std::erase_if(events, [](const RandomEvent& event) { return event.type == event_type::no_action; });
    const std::vector<AlgorithmSize> algorithms{{algorithm_sha256, 32}, {algorithm_sha384, 48}};
    const auto mixed = write(algorithms, events);
    std::ranges::stable_sort(events, {}, &RandomEvent::number);
    const auto sorted = write(algorithms, events);
    const auto first = replay(parse_tcg_log(ByteView{mixed}, RegisterSet::tpm).value()).value();
    const auto second = replay(parse_tcg_log(ByteView{sorted}, RegisterSet::tpm).value()).value();
    RC_ASSERT(first == second);
  }));
}

BOOST_AUTO_TEST_CASE(a_byte_changed_anywhere_never_crashes_and_seldom_passes) {
  BOOST_TEST(rc::check("a changed digest changes its register", [] {
    auto events = random_events();
    std::erase_if(events, [](const RandomEvent& event) { return event.type == event_type::no_action; });
    RC_PRE(!events.empty());
    auto bytes = write({{algorithm_sha256, 32}}, events);
    const auto before = replay(parse_tcg_log(ByteView{bytes}, RegisterSet::tpm).value()).value();
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    bytes[at] ^= static_cast<std::byte>(*rc::gen::inRange(1, 256));
    const auto log = parse_tcg_log(ByteView{bytes}, RegisterSet::tpm);
    if (!log) {
      RC_ASSERT(log.error().code() == Errc::corrupt || log.error().code() == Errc::unsupported);
      return;
    }
    const auto after = replay(*log);
    const auto hit = std::ranges::find_if(
        log->events, [&](const LoggedEvent& event) { return at >= event.offset + 14 && at < event.offset + 46; });
    if (hit != log->events.end()) RC_ASSERT(after.value() != before);
  }));
}
