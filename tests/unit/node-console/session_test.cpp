// SPDX-License-Identifier: Apache-2.0
#include "node-console/session.hpp"

#include <filesystem>

#include <boost/test/unit_test.hpp>

#include "node-console/testing/fake_units.hpp"

using namespace asterism::node_console;
using namespace std::chrono_literals;

namespace {

struct Console {
  Console() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directory(folder);
    manager.start("containerd.service");
  }
  Session session(TimePoint start = {}) {
    return Session{{.connect = [this] { return manager.connect(); },
                    .facts = [] { return NodeFacts{}; },
                    .print = [this](const std::string& text) { printed += text; }},
                   ReadyMark{folder},
                   start};
  }
  int count(std::string_view line) const {
    int found = 0;
    for (auto at = printed.find(line); at != std::string::npos; at = printed.find(line, at + 1))
      ++found;
    return found;
  }

  const std::string folder = "run";
  testing::FakeManager manager;
  std::string printed;
};

constexpr TimePoint zero{};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(session, Console)

BOOST_AUTO_TEST_CASE(banner_then_ready_on_a_line_of_its_own) {
  auto running = Console::session();
  BOOST_TEST((running.look(zero) == zero + 30s));
  BOOST_TEST(printed.empty());
  manager.reach_ready_target();
  BOOST_TEST(!running.look(zero + 1s));
  BOOST_TEST(printed.starts_with("\nunknown unknown"));
  BOOST_TEST(printed.ends_with("containerd               active\nasterism: ready\n"));
}

BOOST_AUTO_TEST_CASE(ready_is_printed_once_over_restarts_of_the_program) {
  manager.reach_ready_target();
  for (int run = 0; run < 3; ++run) {
    auto running = Console::session();
    static_cast<void>(running.look(zero));
    static_cast<void>(running.look(zero + 1s));
  }
  BOOST_TEST(count("asterism: ready\n") == 1);
}

BOOST_AUTO_TEST_CASE(ready_is_printed_without_a_folder_for_the_mark) {
  std::filesystem::remove_all(folder);
  manager.reach_ready_target();
  auto running = Console::session();
  static_cast<void>(running.look(zero));
  BOOST_TEST(count("asterism: ready\n") == 1);
}

BOOST_AUTO_TEST_CASE(bus_that_comes_late) {
  manager.unplug();
  auto running = Console::session();
  BOOST_TEST((running.look(zero) == zero + 5s));
  manager.plug_in();
  manager.reach_ready_target();
  static_cast<void>(running.look(zero + 5s));
  BOOST_TEST(count("asterism: ready\n") == 1);
}

BOOST_AUTO_TEST_CASE(impatience_comes_before_the_next_attempt) {
  manager.unplug();
  auto running = Console::session();
  BOOST_TEST((running.look(zero + 28s) == zero + 30s));
  BOOST_TEST((running.look(zero + 30s) == zero + 35s));
  BOOST_TEST(printed.contains("agents       unknown\n"));
}

BOOST_AUTO_TEST_CASE(lost_connection_is_made_anew) {
  manager.reach_ready_target();
  auto running = Console::session();
  static_cast<void>(running.look(zero));
  static_cast<void>(running.look(zero + 1s));
  BOOST_TEST(manager.connections_made() == 1);
  manager.unplug();
  BOOST_TEST((running.look(zero + 2s) == zero + 7s));
  manager.plug_in();
  manager.fail_with_exit_code("containerd.service", 1);
  BOOST_TEST(!running.look(zero + 7s));
  BOOST_TEST(printed.ends_with("does not answer\nasterism: containerd.service failed: exit code 1\n"));
}

BOOST_AUTO_TEST_CASE(told_of_the_loss_it_connects_without_asking_the_dead_end) {
  auto running = Console::session();
  static_cast<void>(running.look(zero));
  running.lost();
  static_cast<void>(running.look(zero + 1s));
  BOOST_TEST(manager.connections_made() == 2);
}

BOOST_AUTO_TEST_SUITE_END()
