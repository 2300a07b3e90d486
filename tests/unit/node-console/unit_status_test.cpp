// SPDX-License-Identifier: Apache-2.0
#include "node-console/unit_status.hpp"

#include <ostream>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace asterism::node_console;
namespace bdata = boost::unit_test::data;

namespace {

struct Case {
  const char* label;
  const char* load;
  const char* active;
  const char* sub;
  std::vector<std::string> unmet;
  const char* result;
  int exit_status;
  const char* described;
};
std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.label;
}

const Case cases[] = {
    {"running", "loaded", "active", "running", {}, "success", 0, "active"},
    {"done", "loaded", "active", "exited", {}, "success", 0, "active"},
    {"reloading", "loaded", "reloading", "reload", {}, "success", 0, "active"},
    {"starting", "loaded", "activating", "start", {}, "", 0, "starting"},
    {"restarting", "loaded", "activating", "auto-restart", {}, "", 0, "starting: after a failure"},
    {"stopping", "loaded", "deactivating", "stop-sigterm", {}, "", 0, "stopping"},
    {"not started", "loaded", "inactive", "dead", {}, "", 0, "inactive"},
    {"not in the image", "not-found", "inactive", "dead", {}, "", 0, "absent"},
    {"masked", "masked", "inactive", "dead", {}, "", 0, "absent"},
    {"exit code", "loaded", "failed", "failed", {}, "exit-code", 203, "failed: exit code 203"},
    {"signal", "loaded", "failed", "failed", {}, "signal", 11, "failed: signal"},
    {"kubelet before the join",
     "loaded",
     "inactive",
     "dead",
     {"ConditionPathExists=/run/asterism/join/kubelet.kubeconfig",
      "ConditionPathExists=/run/asterism/join/report.json"},
     "",
     0,
     "waiting: join credentials (ConditionPathExists=/run/asterism/join/kubelet.kubeconfig and 1 more)"},
    {"a node without a state disk",
     "loaded",
     "inactive",
     "dead",
     {"ConditionPathExists=/run/asterism/state-disk.json"},
     "",
     0,
     "waiting: no state disk, /var is in memory (ConditionPathExists=/run/asterism/state-disk.json)"},
    {"a file that may come",
     "loaded",
     "inactive",
     "dead",
     {"ConditionFileNotEmpty=/run/x"},
     "",
     0,
     "waiting: ConditionFileNotEmpty=/run/x"},
    {"another kind of machine",
     "loaded",
     "inactive",
     "dead",
     {"ConditionVirtualization=!container"},
     "",
     0,
     "skipped: ConditionVirtualization=!container"},
    {"conditions of an active unit are history",
     "loaded",
     "active",
     "running",
     {"ConditionPathExists=/x"},
     "",
     0,
     "active"},
    {"state of a later systemd", "loaded", "hovering", "x", {}, "", 0, "unknown: hovering"},
    {"no state", "loaded", "", "", {}, "", 0, "unknown"},
    {"escape sequences in a state", "loaded", "\x1b[2Jx", "x", {}, "", 0, "unknown: \\x1b[2Jx"},
    {"newline in a condition",
     "loaded",
     "inactive",
     "dead",
     {"ConditionPathExists=/a\nasterism: ready"},
     "",
     0,
     "waiting: ConditionPathExists=/a\\x0aasterism: ready"},
};

}  // namespace

BOOST_DATA_TEST_CASE(describes, bdata::make(cases), c) {
  const UnitStatus unit{.name = "kubelet.service",
                        .load_state = c.load,
                        .active_state = c.active,
                        .sub_state = c.sub,
                        .unmet_conditions = c.unmet,
                        .result = c.result,
                        .exit_status = c.exit_status};
  BOOST_TEST(describe(summarise(unit)) == c.described);
  BOOST_TEST(summarise(unit).name == "kubelet");
}

BOOST_AUTO_TEST_CASE(texts_from_outside_are_bounded) {
  UnitStatus unit;
  unit.name = std::string(5000, 'n');
  unit.active_state = std::string(5000, '\x1b');
  const auto agent = summarise(unit);
  BOOST_TEST(agent.name.size() == 64U);
  BOOST_TEST(agent.reason.size() == 160U);
  BOOST_TEST(agent.reason.ends_with("..."));
}

BOOST_AUTO_TEST_CASE(every_state_has_its_name) {
  BOOST_TEST(to_string(AgentState::active) == "active");
  BOOST_TEST(to_string(AgentState::waiting) == "waiting");
  BOOST_TEST(to_string(AgentState::absent) == "absent");
  BOOST_TEST(to_string(AgentState::unknown) == "unknown");
}
