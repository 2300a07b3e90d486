// SPDX-License-Identifier: Apache-2.0
#include "node-console/systemd_units.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <format>
#include <utility>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "common/handle.hpp"

namespace asterism::node_console {
namespace {

constexpr auto service = "org.freedesktop.systemd1";
constexpr auto manager_path = "/org/freedesktop/systemd1";
constexpr auto manager_interface = "org.freedesktop.systemd1.Manager";
constexpr auto unit_prefix = "/org/freedesktop/systemd1/unit";
constexpr auto unit_interface = "org.freedesktop.systemd1.Unit";
constexpr auto service_interface = "org.freedesktop.systemd1.Service";
constexpr std::uint64_t call_timeout_usec = 5'000'000;
constexpr std::size_t most_units = 64;
constexpr std::size_t most_conditions = 16;

// The agents that every node has, in the order of the banner; those of our own follow by name.
constexpr std::array<std::string_view, 4> fixed_agents{"containerd.service", "kubelet.service",
                                                       "systemd-networkd.service", "systemd-timesyncd.service"};
constexpr std::string_view own_prefix = "asterism-";
constexpr std::string_view service_suffix = ".service";
constexpr std::string_view this_unit = "asterism-console.service";

using Message = Handle<sd_bus_message, ::sd_bus_message_unref>;
using Text = Handle<char, ::free>;

bool is_own_agent(std::string_view name) {
  return name.starts_with(own_prefix) && name.ends_with(service_suffix) && name != this_unit;
}

bool is_agent(std::string_view name) {
  return std::ranges::contains(fixed_agents, name) || is_own_agent(name);
}

// sd-bus functions return a negative errno; what they say is meant for the log, so the text stays short.
Result<> checked(int outcome, std::string_view doing) {
  if (outcome >= 0) return {};
  auto error = Error::from_errno(-outcome, doing);
  return std::unexpected<Error>{Error{Errc::unavailable, error.message()}};
}

Result<> checked_read(int outcome, std::string_view doing) {
  if (outcome > 0) return {};
  return fail(Errc::corrupt, "{}: the service manager's answer has another shape than expected", doing);
}

UnitStatus status_of(std::string_view name, std::string_view load, std::string_view active, std::string_view sub) {
  UnitStatus status;
  status.name = name;
  status.load_state = load;
  status.active_state = active;
  status.sub_state = sub;
  return status;
}

struct ListedUnit {
  UnitStatus status;
  std::string path;
};

Result<std::vector<ListedUnit>> parse_list(sd_bus_message* reply) {
  std::vector<ListedUnit> units;
  ASTERISM_CHECK(checked_read(::sd_bus_message_enter_container(reply, 'a', "(ssssssouso)"), "listing units"));
  while (units.size() < most_units) {
    const char *name{}, *load{}, *active{}, *sub{}, *path{};
    const int got = ::sd_bus_message_read(reply, "(ssssssouso)", &name, nullptr, &load, &active, &sub, nullptr, &path,
                                          nullptr, nullptr, nullptr);
    if (got == 0) break;
    ASTERISM_CHECK(checked_read(got, "listing units"));
    units.push_back({.status = status_of(name, load, active, sub), .path = path});
  }
  return units;
}

// The conditions that were not met at the last attempt to start; state is below zero for those.
Result<std::vector<std::string>> unmet_conditions(sd_bus* bus, const std::string& path) {
  int met = 1;
  ASTERISM_CHECK(checked(
      ::sd_bus_get_property_trivial(bus, service, path.c_str(), unit_interface, "ConditionResult", nullptr, 'b', &met),
      "reading ConditionResult"));
  std::vector<std::string> unmet;
  if (met != 0) return unmet;
  Message reply;
  ASTERISM_CHECK(checked(::sd_bus_get_property(bus, service, path.c_str(), unit_interface, "Conditions", nullptr,
                                               std::out_ptr(reply), "a(sbbsi)"),
                         "reading Conditions"));
  ASTERISM_CHECK(checked_read(::sd_bus_message_enter_container(reply.get(), 'a', "(sbbsi)"), "reading Conditions"));
  while (unmet.size() < most_conditions) {
    const char *type{}, *parameter{};
    int trigger{}, negate{}, state{};
    const int got = ::sd_bus_message_read(reply.get(), "(sbbsi)", &type, &trigger, &negate, &parameter, &state);
    if (got == 0) break;
    ASTERISM_CHECK(checked_read(got, "reading Conditions"));
    if (state < 0) unmet.push_back(std::format("{}={}{}", type, negate != 0 ? "!" : "", parameter));
  }
  return unmet;
}

Result<> read_failure(sd_bus* bus, const std::string& path, UnitStatus& status) {
  Text result;
  ASTERISM_CHECK(checked(::sd_bus_get_property_string(bus, service, path.c_str(), service_interface, "Result", nullptr,
                                                      std::out_ptr(result)),
                         "reading Result"));
  status.result = result.get();
  return checked(::sd_bus_get_property_trivial(bus, service, path.c_str(), service_interface, "ExecMainStatus", nullptr,
                                               'i', &status.exit_status),
                 "reading ExecMainStatus");
}

Result<> read_reason(sd_bus* bus, const std::string& path, UnitStatus& status) {
  if (status.active_state == "inactive" && status.load_state == "loaded") {
    ASTERISM_TRY(status.unmet_conditions, unmet_conditions(bus, path));
  }
  if (status.active_state == "failed") ASTERISM_CHECK(read_failure(bus, path, status));
  return {};
}

Result<std::uint64_t> manager_time(sd_bus* bus, const char* property) {
  std::uint64_t usec = 0;
  ASTERISM_CHECK(checked(
      ::sd_bus_get_property_trivial(bus, service, manager_path, manager_interface, property, nullptr, 't', &usec),
      "reading the manager's times"));
  return usec;
}

Result<std::optional<StartUp>> read_start_up(sd_bus* bus) {
  // Monotonic clock, which the kernel starts: both are times since then.
  ASTERISM_TRY(const auto initramfs, manager_time(bus, "InitRDTimestampMonotonic"));
  ASTERISM_TRY(const auto root, manager_time(bus, "UserspaceTimestampMonotonic"));
  if (initramfs == 0 || root < initramfs) return std::optional<StartUp>{};
  using std::chrono::microseconds;
  const auto rounded = [](std::uint64_t usec) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(microseconds{static_cast<std::int64_t>(usec)});
  };
  return StartUp{.kernel = rounded(initramfs), .initramfs = rounded(root - initramfs)};
}

std::string unit_of(const char* path) {
  Text name;
  if (path == nullptr || ::sd_bus_path_decode(path, unit_prefix, std::out_ptr(name)) <= 0) return {};
  return name.get();
}

}  // namespace

// What sd-bus calls; exceptions cannot come out of here except bad_alloc, which ends the process.
struct SystemdUnits::Handlers {
  static int properties_changed(sd_bus_message* message, void* self, sd_bus_error* /*error*/) noexcept {
    tell(self, unit_of(::sd_bus_message_get_path(message)));
    return 0;
  }

  static int unit_new(sd_bus_message* message, void* self, sd_bus_error* /*error*/) noexcept {
    const char* name = nullptr;
    if (::sd_bus_message_read(message, "s", &name) > 0) tell(self, name);
    return 0;
  }

  static int disconnected(sd_bus_message* /*message*/, void* self, sd_bus_error* /*error*/) noexcept {
    static_cast<SystemdUnits*>(self)->listener_(UnitEvent::lost);
    return 0;
  }

  static void tell(void* self, std::string_view name) {
    auto& units = *static_cast<SystemdUnits*>(self);
    if (name == ready_target) units.listener_(UnitEvent::target_changed);
    if (is_agent(name)) units.listener_(UnitEvent::changed);
  }
};

Result<std::unique_ptr<SystemdUnits>> SystemdUnits::connect() {
  sd_bus* bus = nullptr;
  ASTERISM_CHECK(checked(::sd_bus_open_system(&bus), "connecting to the system bus"));
  std::unique_ptr<SystemdUnits> units{new SystemdUnits{bus}};
  ASTERISM_CHECK(checked(::sd_bus_set_method_call_timeout(bus, call_timeout_usec), "setting the time limit of calls"));
  ASTERISM_TRY(units->start_up_, read_start_up(bus));
  return units;
}

SystemdUnits::~SystemdUnits() {
  ::sd_bus_close_unref(bus_);
}

Result<> SystemdUnits::watch(sd_event* event, Listener listener) {
  listener_ = std::move(listener);
  ASTERISM_CHECK(
      checked(::sd_bus_match_signal(bus_, nullptr, "org.freedesktop.DBus.Local", "/org/freedesktop/DBus/Local",
                                    "org.freedesktop.DBus.Local", "Disconnected", Handlers::disconnected, this),
              "watching the connection"));
  constexpr auto unit_changes =
      "type='signal',sender='org.freedesktop.systemd1',path_namespace='/org/freedesktop/systemd1/unit',"
      "interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'";
  ASTERISM_CHECK(
      checked(::sd_bus_add_match(bus_, nullptr, unit_changes, Handlers::properties_changed, this), "watching units"));
  ASTERISM_CHECK(checked(::sd_bus_match_signal(bus_, nullptr, service, manager_path, manager_interface, "UnitNew",
                                               Handlers::unit_new, this),
                         "watching for units"));
  ASTERISM_CHECK(checked(
      ::sd_bus_call_method(bus_, service, manager_path, manager_interface, "Subscribe", nullptr, nullptr, nullptr),
      "subscribing to the service manager"));
  return checked(::sd_bus_attach_event(bus_, event, SD_EVENT_PRIORITY_NORMAL), "attaching the bus to the event loop");
}

Result<UnitSnapshot> SystemdUnits::read() {
  Message reply;
  ASTERISM_CHECK(checked(::sd_bus_call_method(bus_, service, manager_path, manager_interface, "ListUnitsByPatterns",
                                              nullptr, std::out_ptr(reply), "asas", 0, 6, "containerd.service",
                                              "kubelet.service", "systemd-networkd.service",
                                              "systemd-timesyncd.service", "asterism-*.service", "multi-user.target"),
                         "listing units"));
  ASTERISM_TRY(auto listed, parse_list(reply.get()));
  UnitSnapshot snapshot;
  std::vector<UnitStatus> own;
  for (const auto name : fixed_agents)
    snapshot.agents.push_back(status_of(name, "not-found", "inactive", "dead"));
  for (auto& unit : listed) {
    if (unit.status.name == ready_target) snapshot.ready = unit.status.active_state == "active";
    if (!is_agent(unit.status.name)) continue;
    ASTERISM_CHECK(read_reason(bus_, unit.path, unit.status), "unit '{}'", unit.status.name);
    const auto known = std::ranges::find(snapshot.agents, unit.status.name, &UnitStatus::name);
    if (known != snapshot.agents.end()) {
      *known = std::move(unit.status);
    } else {
      own.push_back(std::move(unit.status));
    }
  }
  std::ranges::sort(own, {}, &UnitStatus::name);
  std::ranges::move(own, std::back_inserter(snapshot.agents));
  snapshot.start_up = start_up_;
  return snapshot;
}

}  // namespace asterism::node_console
