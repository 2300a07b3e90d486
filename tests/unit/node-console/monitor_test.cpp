// SPDX-License-Identifier: Apache-2.0
#include "node-console/monitor.hpp"

#include <boost/test/unit_test.hpp>

#include "node-console/testing/fake_units.hpp"

using namespace asterism::node_console;
using namespace std::chrono_literals;

namespace {

struct Boot {
  Boot() { manager.stop("kubelet.service"); }
  Actions after(std::chrono::seconds seconds) { return monitor.step(TimePoint{} + seconds, manager.units()); }
  Actions without_answer(std::chrono::seconds seconds) { return monitor.step(TimePoint{} + seconds, std::nullopt); }

  testing::FakeManager manager;
  Monitor monitor{TimePoint{}, /*ready_was_told=*/false, 30s};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(monitor, Boot)

BOOST_AUTO_TEST_CASE(silent_until_ready) {
  const auto first = after(0s);
  BOOST_TEST((!first.banner && !first.ready && first.lines.empty()));
  BOOST_REQUIRE(first.wake.has_value());
  BOOST_TEST((*first.wake == TimePoint{} + 30s));
  manager.start("kubelet.service");
  BOOST_TEST(after(1s).lines.empty());
}

BOOST_AUTO_TEST_CASE(ready_comes_with_the_banner_and_once) {
  manager.reach_ready_target();
  const auto now = after(3s);
  BOOST_TEST((now.banner && now.ready && now.lines.empty()));
  const auto later = after(4s);
  BOOST_TEST((!later.banner && !later.ready && later.lines.empty() && !later.wake));
  manager.start("kubelet.service");
  BOOST_TEST(after(5s).lines.size() == 1U);
  BOOST_TEST(!after(50s).banner);
}

BOOST_AUTO_TEST_CASE(slow_boot_shows_one_banner_without_ready) {
  BOOST_TEST(!after(29s).banner);
  const auto late = after(30s);
  BOOST_TEST((late.banner && !late.ready && !late.wake));
  BOOST_TEST(!after(31s).banner);
  manager.reach_ready_target();
  const auto done = after(40s);
  BOOST_TEST((done.banner && done.ready));
}

BOOST_AUTO_TEST_CASE(banner_comes_even_if_the_service_manager_never_answers) {
  BOOST_TEST(!without_answer(1s).banner);
  BOOST_TEST(without_answer(30s).banner);
  BOOST_TEST(!without_answer(35s).banner);
}

BOOST_AUTO_TEST_CASE(restart_of_the_program_repeats_nothing) {
  Monitor restarted{TimePoint{}, /*ready_was_told=*/true, 30s};
  manager.reach_ready_target();
  const auto first = restarted.step(TimePoint{} + 40s, manager.units());
  BOOST_TEST((!first.banner && !first.ready && first.lines.empty() && !first.wake));
  manager.start("kubelet.service");
  BOOST_TEST(restarted.step(TimePoint{} + 41s, manager.units()).lines.size() == 1U);
}

BOOST_AUTO_TEST_CASE(outage_is_told_once_and_hides_no_change) {
  manager.reach_ready_target();
  BOOST_TEST(after(1s).ready);
  BOOST_TEST(without_answer(2s).lines.size() == 1U);
  BOOST_TEST(without_answer(3s).lines.empty());
  manager.start("kubelet.service");
  BOOST_TEST(after(4s).lines.size() == 1U);
  BOOST_TEST(without_answer(5s).lines.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
