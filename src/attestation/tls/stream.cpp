// SPDX-License-Identifier: Apache-2.0
#include "attestation/tls/stream.hpp"

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include "common/handle.hpp"

namespace asterism::attestation {
namespace {

using Context = Handle<SSL_CTX, ::SSL_CTX_free>;
using Session = Handle<SSL, ::SSL_free>;

/// Protocol name for ALPN, with its length in front.
constexpr std::array<unsigned char, 18> alpn{17,  'a', 's', 't', 'e', 'r', 'i', 's', 'm',
                                             '-', 'a', 't', 't', 'e', 's', 't', '/', '1'};
constexpr unsigned int alpn_size = alpn.size();
constexpr long certificate_list_bytes_max = 8L << 10;

/// Any certificate will do: TLS itself checks that the other side holds the key, evidence says who that is.
int accept_any_certificate(X509_STORE_CTX* /*store*/, void* /*argument*/) {
  return 1;
}

int select_alpn(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                unsigned int in_size, void* /*argument*/) {
  unsigned char* chosen = nullptr;
  if (::SSL_select_next_proto(&chosen, out_size, alpn.data(), alpn_size, in, in_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Result<Context> make_context(Role role, const TlsIdentity& own) {
  Context context{::SSL_CTX_new(role == Role::client ? ::TLS_client_method() : ::TLS_server_method())};
  if (!context) return fail(Errc::internal, "preparing TLS");
  SSL_CTX* const c = context.get();
  ::SSL_CTX_set_options(c, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  ::SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_max_cert_list(c, certificate_list_bytes_max);
  ::SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  ::SSL_CTX_set_cert_verify_callback(c, accept_any_certificate, nullptr);
  if (role == Role::server) ::SSL_CTX_set_alpn_select_cb(c, select_alpn, nullptr);
  const bool good = ::SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION) == 1 &&
                    ::SSL_CTX_set_max_proto_version(c, TLS1_3_VERSION) == 1 && ::SSL_CTX_set_num_tickets(c, 0) == 1 &&
                    ::SSL_CTX_set_max_early_data(c, 0) == 1 && ::SSL_CTX_set_recv_max_early_data(c, 0) == 1 &&
                    ::SSL_CTX_use_certificate(c, own.certificate().handle()) == 1 &&
                    ::SSL_CTX_use_PrivateKey(c, own.key()) == 1 &&
                    (role == Role::server || ::SSL_CTX_set_alpn_protos(c, alpn.data(), alpn_size) == 0);
  if (!good) return fail(Errc::internal, "preparing TLS");
  return context;
}

std::string tls_reason() {
  const char* reason = ::ERR_reason_error_string(::ERR_peek_error());
  ::ERR_clear_error();
  return reason ? reason : "no reason given";
}

}  // namespace

struct TlsStream::State {
  UniqueFd socket;
  Context context;
  Session ssl;
  BIO* in = nullptr;   ///< records from the other side; owned by ssl
  BIO* out = nullptr;  ///< records to the other side; owned by ssl
  std::optional<PublicKey> peer;

  Result<> wait(short events, Deadline deadline) const {
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return fail(Errc::unavailable, "the time is up");
      pollfd entry{.fd = socket.get(), .events = events, .revents = 0};
      const int ready = ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
      if (ready > 0) return {};
      if (ready < 0 && errno != EINTR) return std::unexpected{Error::from_errno(errno, "waiting for the peer")};
    }
  }

  /// Sends what TLS has put down. Without SIGPIPE, whatever the process does with it.
  Result<> flush(Deadline deadline) const {
    char* data = nullptr;
    const long size = ::BIO_get_mem_data(out, &data);
    for (long at = 0; at < size;) {
      const auto sent = ::send(socket.get(), data + at, static_cast<std::size_t>(size - at), MSG_NOSIGNAL);
      if (sent > 0) {
        at += sent;
        continue;
      }
      const int cause = sent < 0 ? errno : EAGAIN;
      if (cause == EINTR) continue;
      if (cause != EAGAIN && cause != EWOULDBLOCK) return fail(Errc::unavailable, "the peer went away");
      ASTERISM_CHECK(wait(POLLOUT, deadline));
    }
    std::ignore = BIO_reset(out);
    return {};
  }

  Result<> fill(Deadline deadline) const {
    std::array<char, 4096> buffer{};
    for (;;) {
      const auto got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
      if (got > 0) {
        if (::BIO_write(in, buffer.data(), static_cast<int>(got)) != got) return fail(Errc::internal, "buffering");
        return {};
      }
      if (got == 0) return fail(Errc::unavailable, "the peer closed the connection");
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return fail(Errc::unavailable, "the peer went away");
      ASTERISM_CHECK(wait(POLLIN, deadline));
    }
  }

  /// Repeats a step of OpenSSL until it is done, moving records in between.
  template <class Step>
  Result<int> drive(const Step& step, Deadline deadline) const {
    for (;;) {
      ::ERR_clear_error();
      const int done = step();
      const int error = done > 0 ? SSL_ERROR_NONE : ::SSL_get_error(ssl.get(), done);
      const std::string reason = error == SSL_ERROR_SSL ? tls_reason() : "";
      ASTERISM_CHECK(flush(deadline));
      if (done > 0) return done;
      if (error == SSL_ERROR_ZERO_RETURN) return fail(Errc::unavailable, "the peer closed the session");
      if (error != SSL_ERROR_WANT_READ) return fail(Errc::unverified, "TLS: {}", reason);
      ASTERISM_CHECK(fill(deadline));
    }
  }

  Result<> check_peer(const TlsIdentity& own, Role role) {
    if (::SSL_session_reused(ssl.get()) != 0) return fail(Errc::unverified, "the session was resumed");
    const unsigned char* protocol = nullptr;
    unsigned int protocol_size = 0;
    ::SSL_get0_alpn_selected(ssl.get(), &protocol, &protocol_size);
    if (protocol_size + 1 != alpn_size) return fail(Errc::unverified, "the peer speaks another protocol");
    // Seen from a client the list has the leaf in it, seen from a server it does not.
    const STACK_OF(X509)* chain = ::SSL_get_peer_cert_chain(ssl.get());
    const int others = chain ? sk_X509_num(chain) - (role == Role::client ? 1 : 0) : 0;
    if (others > 0) return fail(Errc::unverified, "the peer has more than one certificate");
    X509* certificate = ::SSL_get0_peer_certificate(ssl.get());  // the session's
    if (!certificate) return fail(Errc::unverified, "the peer has no certificate");
    ASTERISM_TRY(auto key, PublicKey::adopt({::X509_get_pubkey(certificate), ::EVP_PKEY_free}), "the peer's key");
    ASTERISM_TRY(const auto own_key, own.certificate().public_key());
    if (key.same_as(own_key)) return fail(Errc::unverified, "the peer uses our own key");
    peer = std::move(key);
    return {};
  }
};

TlsStream::TlsStream(std::unique_ptr<State> state) : state_{std::move(state)} {}
TlsStream::TlsStream(TlsStream&&) noexcept = default;
TlsStream& TlsStream::operator=(TlsStream&&) noexcept = default;

TlsStream::~TlsStream() {
  if (!state_ || !state_->peer) return;
  ::SSL_shutdown(state_->ssl.get());  // says goodbye if the socket takes it at once
  char* data = nullptr;
  const long size = ::BIO_get_mem_data(state_->out, &data);
  std::ignore = ::send(state_->socket.get(), data, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::ERR_clear_error();
}

Result<TlsStream> TlsStream::open(UniqueFd socket, Role role, const TlsIdentity& own, Deadline deadline) {
  if (::fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0) {
    return std::unexpected{Error::from_errno(errno, "preparing a socket")};
  }
  auto state = std::make_unique<State>();
  state->socket = std::move(socket);
  ASTERISM_TRY(state->context, make_context(role, own));
  state->ssl.reset(::SSL_new(state->context.get()));
  state->in = ::BIO_new(::BIO_s_mem());
  state->out = ::BIO_new(::BIO_s_mem());
  if (!state->ssl || !state->in || !state->out) return fail(Errc::internal, "preparing TLS");
  ::SSL_set_bio(state->ssl.get(), state->in, state->out);
  BIO_set_mem_eof_return(state->in, -1);
  SSL* const ssl = state->ssl.get();
  ASTERISM_CHECK(state->drive([&] { return role == Role::client ? ::SSL_connect(ssl) : ::SSL_accept(ssl); }, deadline),
                 "TLS handshake");
  ASTERISM_CHECK(state->check_peer(own, role), "TLS handshake");
  return TlsStream{std::move(state)};
}

Result<> TlsStream::write(Bytes bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const auto piece = static_cast<int>(std::min<std::size_t>(bytes.size(), 16U << 10));
    ASTERISM_TRY(const int sent,
                 state_->drive([&] { return ::SSL_write(state_->ssl.get(), bytes.data(), piece); }, deadline));
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<> TlsStream::read(std::span<std::byte> bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const auto piece = static_cast<int>(std::min<std::size_t>(bytes.size(), 16U << 10));
    ASTERISM_TRY(const int got,
                 state_->drive([&] { return ::SSL_read(state_->ssl.get(), bytes.data(), piece); }, deadline));
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Result<FixedBytes<32>> TlsStream::exporter(std::string_view label, Bytes context) const {
  FixedBytes<32> out{};
  if (::SSL_export_keying_material(state_->ssl.get(), reinterpret_cast<unsigned char*>(out.data()), out.size(),
                                   label.data(), label.size(), reinterpret_cast<const unsigned char*>(context.data()),
                                   context.size(), 1) != 1) {
    return fail(Errc::internal, "exporting keying material");
  }
  return out;
}

const PublicKey& TlsStream::peer_key() const noexcept {
  return *state_->peer;
}

}  // namespace asterism::attestation
