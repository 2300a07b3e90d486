// SPDX-License-Identifier: Apache-2.0
#include "join/user_data.hpp"

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/socket.h>

#include "common/base64.hpp"
#include "common/bytes.hpp"
#include "join/connect.hpp"
#include "join/document.hpp"
#include "join/http_answer.hpp"

namespace asterism::join {
namespace {

using Clock = std::chrono::steady_clock;
using Document = std::optional<std::vector<std::byte>>;

constexpr std::size_t token_bytes_max = 1024;
/// Base64 with a line feed every 64 characters, and a little more.
constexpr std::size_t body_bytes_max = document_bytes_max;
constexpr std::size_t base64_bytes_max = document_bytes_max / 3 * 4 + document_bytes_max / 32;
/// A server that sends its chunks one byte each has not that much to say.
constexpr std::size_t received_bytes_max = std::size_t{256} << 10;

struct Service {
  Platform platform;
  const char* host;  ///< of the request
  const char* path;
  const char* field;  ///< a further line of the request, or empty
  bool token;         ///< IMDSv2: a PUT hands out a token for the GET
  unsigned none;      ///< the status that means that there is no user data; 0: an empty answer alone does
  bool base64;
  bool named;  ///< the name is ours: whatever is there is meant as a document
};

/// @source AWS: EC2 user guide, "Access instance metadata for an EC2 instance" (token, 404, 403 where the service is
///         turned off) and "How Instance Metadata Service Version 2 works".
///         Azure: "User data for Azure Virtual Machine" and "Azure Instance Metadata Service" (userData since
///         2021-01-01, Base64 as it was given). 404 and 410 there mean that the service is being updated.
///         GCP: "Query VM metadata" and "Troubleshooting metadata server access" (404: there is no such attribute).
///         OpenStack: nova user guide, "Metadata service"; nova/api/metadata/base.py (404 where there is none).
constexpr Service services[] = {
    {.platform = Platform::aws,
     .host = "169.254.169.254",
     .path = "/latest/user-data",
     .field = "",
     .token = true,
     .none = 404,
     .base64 = false,
     .named = false},
    {.platform = Platform::azure,
     .host = "169.254.169.254",
     .path = "/metadata/instance/compute/userData?api-version=2021-01-01&format=text",
     .field = "Metadata: true\r\n",
     .token = false,
     .none = 0,
     .base64 = true,
     .named = false},
    {.platform = Platform::gcp,
     .host = "metadata.google.internal",
     .path = "/computeMetadata/v1/instance/attributes/asterism-node",
     .field = "Metadata-Flavor: Google\r\n",
     .token = false,
     .none = 404,
     .base64 = false,
     .named = true},
    {.platform = Platform::openstack,
     .host = "169.254.169.254",
     .path = "/openstack/latest/user_data",
     .field = "",
     .token = false,
     .none = 404,
     .base64 = false,
     .named = false},
};

const Service& service_of(Platform platform) {
  return *std::ranges::find(services, platform, &Service::platform);
}

Result<> wait_for(int socket, short event, Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  pollfd wait{.fd = socket, .events = event, .revents = 0};
  if (left.count() > 0 && ::poll(&wait, 1, static_cast<int>(left.count())) == 1) return {};
  return fail(Errc::unavailable, "no answer in time");
}

Result<> send_all(int socket, std::string_view text, Clock::time_point deadline) {
  while (!text.empty()) {
    ASTERISM_CHECK(wait_for(socket, POLLOUT, deadline));
    const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return std::unexpected{Error::from_errno(errno, "sending")};
    text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  }
  return {};
}

/// One request on a connection of its own.
Result<HttpAnswer> exchange(const UserDataAccess& access, const std::string& request, std::size_t limit,
                            Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  ASTERISM_TRY(const auto socket, connect_to(access.service, std::min(access.connect, left)));
  ASTERISM_CHECK(send_all(socket.get(), request, deadline));
  std::string received;
  for (bool ended = false;;) {
    ASTERISM_TRY(auto answer, parse_http_answer(received, ended, limit));
    if (answer) return *std::move(answer);
    if (received.size() > received_bytes_max) return fail(Errc::corrupt, "HTTP: the answer does not end");
    ASTERISM_CHECK(wait_for(socket.get(), POLLIN, deadline));
    char piece[16384];
    const ssize_t got = ::recv(socket.get(), piece, sizeof piece, 0);
    if (got < 0 && errno != EAGAIN && errno != EINTR) return std::unexpected{Error::from_errno(errno, "receiving")};
    if (got > 0) received.append(piece, static_cast<std::size_t>(got));
    ended = got == 0;
  }
}

std::string request(const Service& service, std::string_view line, std::string_view fields) {
  return std::format("{} HTTP/1.1\r\nHost: {}\r\n{}Connection: close\r\n\r\n", line, service.host, fields);
}

/// What a try came to, where it came to something.
using Found = std::optional<std::string>;

std::unexpected<Error> bad_status(std::string_view what, unsigned status) {
  return fail(Errc::unavailable, "{}: HTTP {}", what, status);
}

/// Nullopt where the service is turned off. The token becomes a line of the next request.
Result<Found> token_field(const UserDataAccess& access, const Service& service, Clock::time_point deadline) {
  ASTERISM_TRY(const auto answer,
               exchange(access,
                        request(service, "PUT /latest/api/token",
                                "X-aws-ec2-metadata-token-ttl-seconds: 60\r\nContent-Length: 0\r\n"),
                        token_bytes_max, deadline),
               "token");
  if (answer.status == 403) return Found{};
  if (answer.status != 200) return bad_status("token", answer.status);
  if (answer.body.empty() || !std::ranges::all_of(answer.body, [](char c) { return c > ' ' && c <= '~'; })) {
    return fail(Errc::unavailable, "token: '{}' is none", excerpt(answer.body));
  }
  return Found{std::format("X-aws-ec2-metadata-token: {}\r\n", answer.body)};
}

/// The service's answer as it is; nullopt where it says that there is nothing.
Result<Found> ask_once(const UserDataAccess& access, const Service& service) {
  const auto deadline = Clock::now() + access.each;
  std::string field = service.field;
  if (service.token) {
    ASTERISM_TRY(auto token, token_field(access, service, deadline));
    if (!token) return Found{};
    field = *std::move(token);
  }
  ASTERISM_TRY(auto answer, exchange(access, request(service, std::format("GET {}", service.path), field),
                                     service.base64 ? base64_bytes_max : body_bytes_max, deadline));
  if (answer.status == 200) return Found{std::move(answer.body)};
  if (answer.status == service.none) return Found{};
  return bad_status(service.path, answer.status);
}

/// Too much is too much the next time as well.
bool may_pass(const Error& error) {
  return error.code() != Errc::unsupported;
}

Result<Found> ask(const UserDataAccess& access, const Service& service) {
  const auto end = Clock::now() + access.all;
  for (auto pause = access.first_pause;; pause = std::min(pause * 2, access.pause_max)) {
    auto found = ask_once(access, service);
    if (found || !may_pass(found.error())) return found;
    const auto& reason = found.error().message();
    if (Clock::now() + pause >= end) return fail(Errc::unavailable, "{}", reason);
    access.tell(std::format("user data of {}: {}; asking again", to_string(service.platform), reason));
    std::this_thread::sleep_for(pause);
  }
}

Result<std::vector<std::byte>> decoded(const Service& service, std::string text) {
  if (!service.base64) return std::vector<std::byte>{as_bytes(text).begin(), as_bytes(text).end()};
  // Azure gives back what it got, and tools break lines.
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  ASTERISM_TRY(auto bytes, from_base64(text));
  if (bytes.size() > document_bytes_max) return fail(Errc::unsupported, "more than {} bytes", document_bytes_max);
  return bytes;
}

Result<Document> document(const UserDataAccess& access, const Service& service) {
  ASTERISM_TRY(auto text, ask(access, service));
  if (!text) return Document{};
  ASTERISM_TRY(auto bytes, decoded(service, *std::move(text)));
  const auto first = as_text(bytes).find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return Document{};
  if (!service.named && as_text(bytes)[first] != '{') {
    access.tell(std::format("user data of {} is no document of a node and is left alone", to_string(service.platform)));
    return Document{};
  }
  return Document{std::move(bytes)};
}

}  // namespace

Result<std::optional<std::vector<std::byte>>> ask_for_document(Platform platform, const UserDataAccess& access) {
  ASTERISM_TRY(auto found, document(access, service_of(platform)), "user data of {}", to_string(platform));
  return found;
}

}  // namespace asterism::join
