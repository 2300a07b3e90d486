// SPDX-License-Identifier: Apache-2.0
#include "node-console/change_log.hpp"

#include <boost/test/unit_test.hpp>

#include "node-console/testing/fake_units.hpp"

using namespace asterism::node_console;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

namespace {

constexpr auto kubelet = "kubelet.service";
constexpr auto containerd = "containerd.service";

struct Node {
  Node() {
    manager.stop(kubelet);
    manager.start(containerd);
    log.accept(manager.units());
  }
  Lines after(std::chrono::seconds seconds) { return log.update(TimePoint{} + seconds, manager.units()); }

  testing::FakeManager manager;
  ChangeLog log{{.lines = 3, .window = 60s}};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(changes, Node)

BOOST_AUTO_TEST_CASE(what_is_known_is_not_told_again) {
  BOOST_TEST(after(0s).empty());
  manager.start(kubelet);
  BOOST_TEST(after(1s) == Lines{"asterism: kubelet.service active"}, boost::test_tools::per_element());
  BOOST_TEST(after(2s).empty());
  BOOST_TEST(!log.next_update());
}

BOOST_AUTO_TEST_CASE(reason_alone_is_a_change) {
  manager.fail_with_exit_code(kubelet, 1);
  BOOST_TEST(after(1s).size() == 1U);
  manager.fail_with_exit_code(kubelet, 2);
  BOOST_TEST(after(2s) == Lines{"asterism: kubelet.service failed: exit code 2"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(change_that_is_undone_meanwhile_is_not_told) {
  manager.start(kubelet);
  manager.stop(kubelet);
  BOOST_TEST(after(1s).empty());
}

BOOST_AUTO_TEST_CASE(flapping_unit_is_bounded_and_its_last_state_comes_in_the_end) {
  std::size_t told = 0;
  for (int i = 0; i < 50; ++i) {
    i % 2 == 0 ? manager.start(kubelet) : manager.fail_with_exit_code(kubelet, i);
    told += after(std::chrono::seconds{i}).size();
  }
  BOOST_TEST(told == 3U);
  BOOST_REQUIRE(log.next_update().has_value());
  BOOST_TEST((*log.next_update() == TimePoint{} + 60s));
  BOOST_TEST(after(59s).empty());
  BOOST_TEST(after(60s) == Lines{"asterism: kubelet.service failed: exit code 49"}, boost::test_tools::per_element());
  BOOST_TEST(!log.next_update());
}

BOOST_AUTO_TEST_CASE(window_slides) {
  for (int i = 0; i < 3; ++i) {
    manager.fail_with_exit_code(kubelet, i + 1);
    BOOST_TEST(after(std::chrono::seconds{20 * i}).size() == 1U);
  }
  manager.start(kubelet);
  BOOST_TEST(after(59s).empty());
  BOOST_TEST(after(60s).size() == 1U);
  manager.stop(kubelet);
  BOOST_TEST(after(61s).empty());
  BOOST_TEST(after(80s).size() == 1U);
}

BOOST_AUTO_TEST_CASE(units_come_and_go) {
  manager.start("asterism-join.service");
  BOOST_TEST(after(1s) == Lines{"asterism: asterism-join.service active"}, boost::test_tools::per_element());
  manager = testing::FakeManager{};
  BOOST_TEST(after(2s).empty());
  manager.start("asterism-join.service");
  BOOST_TEST(after(3s).size() == 1U);
}

BOOST_AUTO_TEST_CASE(name_from_outside_stays_on_its_line) {
  manager.start("asterism-\n\x1b[H.service");
  BOOST_TEST(after(1s) == Lines{"asterism: asterism-\\x0a\\x1b[H.service active"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
