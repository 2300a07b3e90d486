// SPDX-License-Identifier: Apache-2.0
#include "daemon.hpp"

#include <csignal>
#include <cstdlib>
#include <format>
#include <memory>

#include <fcntl.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "common/handle.hpp"
#include "common/unique_fd.hpp"
#include "node-console/banner.hpp"
#include "node-console/consoles.hpp"
#include "node-console/monitor.hpp"
#include "node-console/systemd_units.hpp"

namespace asterism::node_console {
namespace {

using namespace std::chrono_literals;

constexpr auto coalescing = 500ms;
constexpr auto reconnection = 5s;

using EventLoop = Handle<sd_event, ::sd_event_unref>;
using EventSource = Handle<sd_event_source, ::sd_event_source_unref>;

Result<> checked(int outcome, std::string_view doing) {
  if (outcome >= 0) return {};
  return std::unexpected<Error>{Error::from_errno(-outcome, doing)};
}

/// Remembers over a restart of this program, but not over a reboot, that the ready line was printed. The mark is made
/// before the line is: the line may get lost in a crash between the two, but never comes twice.
class ReadyMark {
 public:
  ReadyMark() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
    if (const char* folder = std::getenv("RUNTIME_DIRECTORY")) path_ = std::format("{}/ready", folder);
  }
  [[nodiscard]] bool is_set() const { return !path_.empty() && ::access(path_.c_str(), F_OK) == 0; }
  void set() const {
    if (!path_.empty()) const UniqueFd made{::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0444)};
  }

 private:
  std::string path_;
};

class Daemon {
 public:
  explicit Daemon(int root) : root_{root}, monitor_{Clock::now(), mark_.is_set()} {}

  Result<> run();

 private:
  static int on_timer(sd_event_source* /*source*/, std::uint64_t /*usec*/, void* self) noexcept {
    static_cast<Daemon*>(self)->look();
    return 0;
  }
  void on_unit_event(UnitEvent event);
  void look();
  void connect();
  std::optional<UnitSnapshot> read_units();
  void perform(const Actions& actions, const std::optional<UnitSnapshot>& units);
  void look_after(std::chrono::microseconds delay);

  int root_;
  EventLoop loop_;
  EventSource timer_;
  std::optional<TimePoint> timer_at_;
  ReadyMark mark_;
  Monitor monitor_;
  std::unique_ptr<SystemdUnits> units_;
  bool lost_ = false;
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

// The earliest wish wins: a change that waits for its 500 ms is not put off by the next one.
void Daemon::look_after(std::chrono::microseconds delay) {
  const auto at = Clock::now() + delay;
  if (timer_at_ && *timer_at_ <= at) return;
  timer_at_ = at;
  ::sd_event_source_set_time_relative(timer_.get(), static_cast<std::uint64_t>(std::max(delay, 0us).count()));
  ::sd_event_source_set_enabled(timer_.get(), SD_EVENT_ONESHOT);
}

void Daemon::on_unit_event(UnitEvent event) {
  if (event == UnitEvent::lost) lost_ = true;
  look_after(event == UnitEvent::changed ? coalescing : 0ms);
}

void Daemon::connect() {
  auto units = SystemdUnits::connect();
  if (!units) return;
  if (!(*units)->watch(loop_.get(), [this](UnitEvent event) { on_unit_event(event); })) return;
  units_ = *std::move(units);
}

std::optional<UnitSnapshot> Daemon::read_units() {
  if (lost_) units_.reset();
  lost_ = false;
  if (!units_) connect();
  if (!units_) return std::nullopt;
  auto snapshot = units_->read();
  if (snapshot) return *std::move(snapshot);
  units_.reset();
  return std::nullopt;
}

void Daemon::look() {
  timer_at_.reset();
  const auto units = read_units();
  const auto now = Clock::now();
  const auto actions = monitor_.step(now, units);
  perform(actions, units);
  if (!units) look_after(reconnection);
  if (actions.wake) look_after(std::chrono::ceil<std::chrono::microseconds>(*actions.wake - now));
}

void Daemon::perform(const Actions& actions, const std::optional<UnitSnapshot>& units) {
  std::string text;
  if (actions.banner) {
    auto facts = read_node_facts(root_);
    facts.addresses = read_addresses(root_);
    text += render_banner({.facts = std::move(facts), .units = units});
  }
  if (actions.ready) {
    mark_.set();
    text += std::format("{}\n", ready_line);
  }
  for (const auto& line : actions.lines)
    text += line + "\n";
  if (!text.empty()) write_to_consoles(root_, text);
}

}  // namespace

Result<> run_daemon(int root) {
  return Daemon{root}.run();
}

}  // namespace asterism::node_console
