// SPDX-License-Identifier: Apache-2.0
// Peers that speak TLS in other ways: older versions, no certificate, another protocol; and malformed frames.
#include <array>
#include <csignal>

#include <boost/test/unit_test.hpp>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "attestation/tls/frame.hpp"
#include "mutations.hpp"
#include "tls_world.hpp"

using namespace asterism;
using namespace asterism::attestation;

namespace {

constexpr std::string_view protocol =
    "\x11"
    "asterism-attest/1";

struct StrangeClient {
  int version = TLS1_3_VERSION;
  bool certificate = true;
  std::string_view alpn = protocol;
  bool stays = true;  ///< until the server hangs up, so that the server sees what it said and not that it is gone
};

Deadline soon() {
  return std::chrono::steady_clock::now() + std::chrono::seconds{10};
}

/// OpenSSL's own sockets write without asking whether anybody listens.
[[maybe_unused]] const auto old_handler = std::signal(SIGPIPE, SIG_IGN);

/// What a server makes of a client that OpenSSL's blocking calls drive.
Result<TlsStream> serve(const StrangeClient& strange) {
  auto [left, right] = testing::socket_pair();
  const std::jthread client{[fd = std::move(left), &strange] {
    const std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
    SSL_CTX_set_max_proto_version(context.get(), strange.version);
    const auto identity = TlsIdentity::make().value();
    if (strange.certificate) {
      SSL_CTX_use_certificate(context.get(), identity.certificate().handle());
      SSL_CTX_use_PrivateKey(context.get(), identity.key());
    }
    if (!strange.alpn.empty()) {
      SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(strange.alpn.data()),
                              static_cast<unsigned>(strange.alpn.size()));
    }
    const std::shared_ptr<SSL> ssl{SSL_new(context.get()), SSL_free};
    SSL_set_fd(ssl.get(), fd.get());
    SSL_connect(ssl.get());
    for (std::array<char, 256> rest{}; strange.stays && ::recv(fd.get(), rest.data(), rest.size(), 0) > 0;) {
    }
  }};
  return TlsStream::open(std::move(right), Role::server, TlsIdentity::make().value(), soon());
}

std::pair<TlsStream, TlsStream> streams() {
  auto [left, right] = testing::socket_pair();
  std::optional<Result<TlsStream>> server;
  std::jthread thread{[&, fd = std::move(right)]() mutable {
    server = TlsStream::open(std::move(fd), Role::server, TlsIdentity::make().value(), soon());
  }};
  auto client = TlsStream::open(std::move(left), Role::client, TlsIdentity::make().value(), soon());
  thread.join();
  return {std::move(client).value(), std::move(*server).value()};
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_strange_client_can_behave) {
  const auto outcome = serve({.stays = false});
  BOOST_TEST(outcome.has_value(), testing::why(outcome));
}

BOOST_AUTO_TEST_CASE(other_ways_are_refused) {
  const StrangeClient rows[] = {{.version = TLS1_2_VERSION}, {.certificate = false}, {.alpn = {}}, {.alpn = "\x02h2"}};
  for (const StrangeClient& row : rows) {
    const auto outcome = serve(row);
    BOOST_REQUIRE(!outcome);
    BOOST_TEST((outcome.error().code() == Errc::unverified), outcome.error().message());
    BOOST_TEST(outcome.error().message().starts_with("TLS handshake"), outcome.error().message());
  }
}

BOOST_AUTO_TEST_CASE(no_tls_at_all_is_refused) {
  auto [left, right] = testing::socket_pair();
  BOOST_REQUIRE(::send(left.get(), "GET / HTTP/1.1\r\n\r\n", 18, 0) == 18);
  const auto outcome = TlsStream::open(std::move(right), Role::server, TlsIdentity::make().value(), soon());
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((outcome.error().code() == Errc::unverified), outcome.error().message());
}

// Whoever kept all that an honest client sent sends it again. The server's part of the keys is another one.
BOOST_AUTO_TEST_CASE(an_old_session_said_again_is_refused) {
  auto [client, outside] = testing::socket_pair();
  auto [inside, server] = testing::socket_pair();
  std::vector<char> recorded;
  {
    std::jthread talk{[fd = std::move(client)]() mutable {
      auto stream = TlsStream::open(std::move(fd), Role::client, TlsIdentity::make().value(), soon()).value();
      BOOST_TEST(stream.write(as_bytes("words"), soon()).has_value());
    }};
    std::jthread listen{[fd = std::move(server)]() mutable {
      auto stream = TlsStream::open(std::move(fd), Role::server, TlsIdentity::make().value(), soon()).value();
      std::array<std::byte, 5> words{};
      BOOST_TEST(stream.read(words, soon()).has_value());
    }};
    std::jthread back{[&] {
      std::array<char, 4096> piece{};
      for (ssize_t n = 0; (n = ::recv(inside.get(), piece.data(), piece.size(), 0)) > 0;)
        ::send(outside.get(), piece.data(), static_cast<std::size_t>(n), MSG_NOSIGNAL);
    }};
    std::array<char, 4096> piece{};
    for (ssize_t n = 0; (n = ::recv(outside.get(), piece.data(), piece.size(), 0)) > 0;) {
      recorded.insert(recorded.end(), piece.data(), piece.data() + n);
      ::send(inside.get(), piece.data(), static_cast<std::size_t>(n), MSG_NOSIGNAL);
    }
    ::shutdown(inside.get(), SHUT_WR);
  }
  auto [again, other] = testing::socket_pair();
  BOOST_REQUIRE(::send(again.get(), recorded.data(), recorded.size(), 0) == static_cast<ssize_t>(recorded.size()));
  const auto outcome = TlsStream::open(std::move(other), Role::server, TlsIdentity::make().value(), soon());
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((outcome.error().code() == Errc::unverified));
  BOOST_TEST(outcome.error().message() == "TLS handshake: TLS: decryption failed or bad record mac");
}

BOOST_AUTO_TEST_CASE(both_ends_export_the_same_and_every_session_its_own) {
  const auto [client, server] = streams();
  const auto context = as_bytes("context");
  const auto exported = client.exporter("EXPORTER-test", context).value();
  BOOST_TEST(to_hex(exported) == to_hex(server.exporter("EXPORTER-test", context).value()));
  BOOST_TEST(to_hex(exported) != to_hex(client.exporter("EXPORTER-test", as_bytes("other")).value()));
  const auto [again, _] = streams();
  BOOST_TEST(to_hex(exported) != to_hex(again.exporter("EXPORTER-test", context).value()));
}

BOOST_AUTO_TEST_CASE(malformed_frames_are_refused) {
  const struct {
    std::string hex;
    std::string_view message;
  } rows[] = {{"00000000ff", "a frame of 0 bytes"},
              {"ffffffff02", "a frame of 4294967295 bytes"},
              {"0000000a02", "a frame of 10 bytes (1 to 9 are allowed)"},
              {"0000000104", "a frame of type 4 instead of 2"}};
  for (const auto& row : rows) {
    auto [client, server] = streams();
    BOOST_REQUIRE(client.write(from_hex(row.hex).value(), soon()).has_value());
    const auto frame = read_frame(server, FrameType::evidence, 8, soon());
    BOOST_REQUIRE(!frame);
    BOOST_TEST((frame.error().code() == Errc::corrupt));
    BOOST_TEST(frame.error().message().contains(row.message), frame.error().message());
  }
}

BOOST_AUTO_TEST_CASE(large_content_passes_in_both_directions) {
  auto [client, server] = streams();
  const std::vector<std::byte> content(600'000, std::byte{0x61});
  std::jthread writer{[&] { BOOST_TEST(write_frame(client, FrameType::data, content, soon()).has_value()); }};
  BOOST_TEST((read_frame(server, FrameType::data, content.size(), soon()).value() == content));
}
