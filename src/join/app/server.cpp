// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <deque>
#include <thread>

#include <arpa/inet.h>
#include <httplib.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "app_parts.hpp"
#include "common/handle.hpp"

namespace asterism::join {
namespace {

using Event = Handle<sd_event, ::sd_event_unref>;

constexpr std::uint64_t reload_interval_us = 60'000'000;
constexpr std::size_t waiting_max = 256;

struct Visitor {
  UniqueFd socket;
  std::string address;
};

/// Sessions, as many at once as there are threads; the rest waits its turn, and what does not fit is closed.
class Sessions {
 public:
  Sessions(JoinService& service, unsigned count) : service_{service} {
    for (unsigned i = 0; i < count; ++i)
      threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }

  void take(Visitor visitor) {
    const std::scoped_lock lock{mutex_};
    if (waiting_.size() >= waiting_max) return;
    waiting_.push_back(std::move(visitor));
    changed_.notify_one();
  }

 private:
  void work(const std::stop_token& stop) {
    for (;;) {
      std::unique_lock lock{mutex_};
      if (!changed_.wait(lock, stop, [&] { return !waiting_.empty(); })) return;
      Visitor visitor = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      service_.serve(std::move(visitor.socket), visitor.address);
    }
  }

  JoinService& service_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Visitor> waiting_;
  std::vector<std::jthread> threads_;  // last: they end before what they use
};

std::string address_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* place = nullptr;
  if (address.ss_family == AF_INET) place = &reinterpret_cast<const sockaddr_in*>(&address)->sin_addr;
  if (address.ss_family == AF_INET6) place = &reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr;
  if (place == nullptr || ::inet_ntop(address.ss_family, place, text.data(), text.size()) == nullptr) return "unknown";
  return text.data();
}

int on_connection(sd_event_source* /*source*/, int listener, std::uint32_t /*events*/, void* userdata) {
  for (;;) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    UniqueFd socket{::accept4(listener, reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!socket) return 0;
    const int on = 1;
    static_cast<void>(::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
    static_cast<Sessions*>(userdata)->take({.socket = std::move(socket), .address = address_of(address)});
  }
}

void reload(JoinService& service) {
  if (const auto done = service.reload(); !done)
    std::fprintf(stderr, "join-service: manifests: %s\n", printable(done.error().message()).c_str());
}

int on_hangup(sd_event_source* /*source*/, const signalfd_siginfo* /*info*/, void* userdata) {
  reload(*static_cast<JoinService*>(userdata));
  return 0;
}

int on_minute(sd_event_source* source, std::uint64_t /*now*/, void* userdata) {
  reload(*static_cast<JoinService*>(userdata));
  ::sd_event_source_set_time_relative(source, reload_interval_us);
  return ::sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/// Health and figures, in threads of the library's own.
class Health {
 public:
  Health(JoinService& service, const Endpoint& place) {
    server_.new_task_queue = [] { return new httplib::ThreadPool{2}; };
    server_.set_payload_max_length(1024);
    server_.set_read_timeout(std::chrono::seconds{5});
    server_.Get("/healthz",
                [](const httplib::Request&, httplib::Response& reply) { reply.set_content("ok\n", plain); });
    server_.Get("/readyz", [&service](const httplib::Request&, httplib::Response& reply) {
      const auto ready = service.ready();
      if (!ready) reply.status = httplib::StatusCode::ServiceUnavailable_503;
      reply.set_content(ready ? "ok\n" : printable(ready.error().message()) + "\n", plain);
    });
    server_.Get("/metrics", [&service](const httplib::Request&, httplib::Response& reply) {
      reply.set_content(service.metrics(), "text/plain; version=0.0.4");
    });
    bound_ = server_.bind_to_port(place.host, std::stoi(place.port));
    if (bound_) thread_ = std::jthread{[this] { server_.listen_after_bind(); }};
  }
  Health(const Health&) = delete;
  Health& operator=(const Health&) = delete;
  Health(Health&&) = delete;
  Health& operator=(Health&&) = delete;
  ~Health() { server_.stop(); }

  [[nodiscard]] bool is_bound() const noexcept { return bound_; }

 private:
  static constexpr const char* plain = "text/plain";
  httplib::Server server_;
  bool bound_ = false;
  std::jthread thread_;
};

Result<> checked(int code, std::string_view doing) {
  if (code >= 0) return {};
  return std::unexpected{Error::from_errno(-code, doing)};
}

}  // namespace

Result<> run_server(JoinService& service, UniqueFd listener, const ServiceConfig& config) {
  // Blocked before any thread starts, so that they arrive in the loop only.
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP})
    ::sigaddset(&signals, number);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);  // NOLINT(concurrency-mt-unsafe): before any thread

  Event event;
  ASTERISM_CHECK(checked(::sd_event_new(std::out_ptr(event)), "event loop"));
  Sessions sessions{service, config.sessions_max};
  const Health health{service, config.http};
  if (!health.is_bound())
    return fail(Errc::conflict, "health and metrics: {} cannot be bound", config.http.to_string());
  ASTERISM_CHECK(
      checked(::sd_event_add_io(event.get(), nullptr, listener.get(), EPOLLIN, on_connection, &sessions), "listening"));
  // Without a handler the signals end the loop.
  ASTERISM_CHECK(checked(::sd_event_add_signal(event.get(), nullptr, SIGTERM, nullptr, nullptr), "SIGTERM"));
  ASTERISM_CHECK(checked(::sd_event_add_signal(event.get(), nullptr, SIGINT, nullptr, nullptr), "SIGINT"));
  ASTERISM_CHECK(checked(::sd_event_add_signal(event.get(), nullptr, SIGHUP, on_hangup, &service), "SIGHUP"));
  ASTERISM_CHECK(checked(::sd_event_add_time_relative(event.get(), nullptr, CLOCK_MONOTONIC, reload_interval_us,
                                                      1'000'000, on_minute, &service),
                         "timer"));
  ::sd_notifyf(0, "READY=1\nSTATUS=serving %s", config.listen.to_string().c_str());
  ASTERISM_CHECK(checked(::sd_event_loop(event.get()), "event loop"));
  ::sd_notify(0, "STOPPING=1");
  return {};
}

}  // namespace asterism::join
