// SPDX-License-Identifier: Apache-2.0
#include "join/connect.hpp"

#include <cerrno>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "common/handle.hpp"

namespace asterism::join {
namespace {

using Addresses = Handle<addrinfo, ::freeaddrinfo>;

constexpr int backlog = 64;

Result<Addresses> resolve(const Endpoint& endpoint, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found); code != 0) {
    return fail(Errc::unavailable, "{}: {}", endpoint.to_string(), ::gai_strerror(code));
  }
  return Addresses{found};
}

Result<UniqueFd> try_address(const addrinfo& address, std::chrono::steady_clock::time_point deadline) {
  UniqueFd socket{::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket) return std::unexpected{Error::from_errno(errno, "socket")};
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return std::unexpected{Error::from_errno(errno, "connecting")};
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wait{.fd = socket.get(), .events = POLLOUT, .revents = 0};
    if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) != 1) {
      return fail(Errc::unavailable, "connecting: no answer in time");
    }
    int code = 0;
    socklen_t size = sizeof code;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &code, &size) != 0 || code != 0) {
      return std::unexpected{Error::from_errno(code, "connecting")};
    }
  }
  const int on = 1;
  static_cast<void>(::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  return socket;
}

}  // namespace

Result<UniqueFd> connect_to(const Endpoint& endpoint, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  ASTERISM_TRY(const auto addresses, resolve(endpoint, 0));
  Result<UniqueFd> outcome = fail(Errc::unavailable, "it has no address");
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    outcome = try_address(*at, deadline);
    if (outcome) return outcome;
  }
  return fail(Errc::unavailable, "{}: {}", endpoint.to_string(), outcome.error().message());
}

Result<UniqueFd> listen_on(const Endpoint& endpoint) {
  ASTERISM_TRY(const auto addresses, resolve(endpoint, AI_PASSIVE));
  UniqueFd socket{::socket(addresses->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  const int on = 1;
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(socket.get(), addresses->ai_addr, addresses->ai_addrlen) != 0 || ::listen(socket.get(), backlog) != 0) {
    const int code = errno;
    return fail(code == EADDRINUSE ? Errc::conflict : Errc::unavailable, "listening on {}: {}", endpoint.to_string(),
                Error::from_errno(code, "bind").message());
  }
  return socket;
}

Result<UniqueFd> accept_from(const UniqueFd& listener, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wait{.fd = listener.get(), .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) != 1) {
      return fail(Errc::unavailable, "nobody connected in time");
    }
    // Who left again before this is as good as nobody.
    UniqueFd socket{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (socket) return socket;
  }
}

}  // namespace asterism::join
