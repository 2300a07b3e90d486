// SPDX-License-Identifier: Apache-2.0
#include "daemon.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "common/handle.hpp"
#include "node-console/consoles.hpp"
#include "node-console/session.hpp"
#include "node-console/systemd_units.hpp"

namespace asterism::node_console {
namespace {

using namespace std::chrono_literals;

constexpr auto coalescing = 500ms;

using EventLoop = Handle<sd_event, ::sd_event_unref>;
using EventSource = Handle<sd_event_source, ::sd_event_source_unref>;

Result<> checked(int outcome, std::string_view doing) {
  if (outcome >= 0) return {};
  return std::unexpected<Error>{Error::from_errno(-outcome, doing)};
}

std::string runtime_folder() {
  const char* folder = std::getenv("RUNTIME_DIRECTORY");  // NOLINT(concurrency-mt-unsafe): there is one thread
  return folder == nullptr ? "" : folder;
}

/// The event loop around a Session: one timer, the bus, the signals that end it.
class Daemon {
 public:
  explicit Daemon(int root)
      : session_{{.connect = [this] { return connect(); },
                  .facts = [root] { return current_facts(root); },
                  .print = [root](const std::string& text) { write_to_consoles(root, text); }},
                 ReadyMark{runtime_folder()},
                 Clock::now()} {}

  Result<> run();

 private:
  static int on_timer(sd_event_source* /*source*/, std::uint64_t /*usec*/, void* self) noexcept {
    static_cast<Daemon*>(self)->look();
    return 0;
  }
  static NodeFacts current_facts(int root) {
    auto facts = read_node_facts(root);
    facts.addresses = read_addresses(root);
    return facts;
  }
  Result<std::unique_ptr<UnitSource>> connect();
  void on_unit_event(UnitEvent event);
  void look();
  void look_at(TimePoint at);

  EventLoop loop_;
  EventSource timer_;
  std::optional<TimePoint> timer_at_;
  Session session_;  // last: its bus connection hangs on the loop
};

Result<> Daemon::run() {
  ASTERISM_CHECK(checked(::sd_event_new(std::out_ptr(loop_)), "making the event loop"));
  sigset_t signals{};
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  ASTERISM_CHECK(checked(-::pthread_sigmask(SIG_BLOCK, &signals, nullptr), "blocking signals"));
  ASTERISM_CHECK(checked(::sd_event_add_signal(loop_.get(), nullptr, SIGTERM, nullptr, nullptr), "watching SIGTERM"));
  ASTERISM_CHECK(checked(::sd_event_add_signal(loop_.get(), nullptr, SIGINT, nullptr, nullptr), "watching SIGINT"));
  ASTERISM_CHECK(
      checked(::sd_event_add_time_relative(loop_.get(), std::out_ptr(timer_), CLOCK_MONOTONIC, 0, 1000, on_timer, this),
              "making a timer"));
  // The node does not wait for its console: READY before the first look at anything.
  ::sd_notify(/*unset_environment=*/0, "READY=1");
  ASTERISM_CHECK(checked(::sd_event_loop(loop_.get()), "running the event loop"));
  return {};
}

Result<std::unique_ptr<UnitSource>> Daemon::connect() {
  ASTERISM_TRY(auto units, SystemdUnits::connect());
  ASTERISM_CHECK(units->watch(loop_.get(), [this](UnitEvent event) { on_unit_event(event); }));
  return units;
}

void Daemon::on_unit_event(UnitEvent event) {
  if (event == UnitEvent::lost) session_.lost();
  const auto delay = event == UnitEvent::changed ? coalescing : 0ms;
  look_at(Clock::now() + delay);
}

void Daemon::look() {
  timer_at_.reset();
  if (const auto again = session_.look(Clock::now())) look_at(*again);
}

// The earliest wish wins: a change that waits for its 500 ms is not put off by the next one.
void Daemon::look_at(TimePoint at) {
  if (timer_at_ && *timer_at_ <= at) return;
  timer_at_ = at;
  const auto delay = std::max(std::chrono::ceil<std::chrono::microseconds>(at - Clock::now()), 0us);
  ::sd_event_source_set_time_relative(timer_.get(), static_cast<std::uint64_t>(delay.count()));
  ::sd_event_source_set_enabled(timer_.get(), SD_EVENT_ONESHOT);
}

}  // namespace

Result<> run_daemon(int root) {
  return Daemon{root}.run();
}

}  // namespace asterism::node_console
