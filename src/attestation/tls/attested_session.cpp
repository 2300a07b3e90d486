// SPDX-License-Identifier: Apache-2.0
#include "attestation/tls/attested_session.hpp"

#include <openssl/rand.h>

#include "attestation/tls/frame.hpp"
#include "common/digest.hpp"

namespace asterism::attestation {
namespace {

constexpr std::string_view exporter_label = "EXPORTER-asterism-attested-tls-1";
constexpr std::byte hello_version{1};
constexpr std::size_t hello_bytes = 33;

Result<FixedBytes<32>> key_hash(const PublicKey& key) {
  ASTERISM_TRY(const auto spki, key.spki());
  ASTERISM_TRY(const auto digest, sha256(spki));
  return bytes_at<32>(digest.bytes(), 0);
}

Result<> send_hello(TlsStream& stream, const FixedBytes<32>& nonce, Deadline deadline) {
  std::vector<std::byte> hello{hello_version};
  append(hello, nonce);
  return write_frame(stream, FrameType::hello, hello, deadline);
}

Result<FixedBytes<32>> receive_hello(TlsStream& stream, Deadline deadline) {
  ASTERISM_TRY(const auto hello, read_frame(stream, FrameType::hello, hello_bytes, deadline));
  if (hello.size() != hello_bytes) return fail(Errc::corrupt, "a hello of {} bytes", hello.size());
  if (hello[0] != hello_version) {
    return fail(Errc::unsupported, "protocol version {} (known: 1)", std::to_integer<unsigned>(hello[0]));
  }
  return bytes_at<32>(hello, 1);
}

/// Both nonces, exchanged; then everything that the bindings are made of.
Result<SessionFacts> agree(TlsStream& stream, Role role, const TlsIdentity& own, const std::string& deployment,
                           Deadline deadline) {
  FixedBytes<32> nonce{};
  if (::RAND_bytes(reinterpret_cast<unsigned char*>(nonce.data()), static_cast<int>(nonce.size())) != 1) {
    return fail(Errc::internal, "no random numbers");
  }
  if (role == Role::client) {
    ASTERISM_CHECK(send_hello(stream, nonce, deadline));
  }
  ASTERISM_TRY(const auto peer_nonce, receive_hello(stream, deadline));
  if (role == Role::server) {
    ASTERISM_CHECK(send_hello(stream, nonce, deadline));
  }
  ASTERISM_TRY(const auto own_public, own.certificate().public_key());
  ASTERISM_TRY(const auto own_key, key_hash(own_public));
  ASTERISM_TRY(const auto peer_key, key_hash(stream.peer_key()));
  const bool client = role == Role::client;
  SessionFacts facts{.exporter = {},
                     .client_key = client ? own_key : peer_key,
                     .server_key = client ? peer_key : own_key,
                     .client_nonce = client ? nonce : peer_nonce,
                     .server_nonce = client ? peer_nonce : nonce,
                     .deployment = deployment};
  std::vector<std::byte> context;
  append(context, facts.client_nonce);
  append(context, facts.server_nonce);
  ASTERISM_TRY(facts.exporter, stream.exporter(exporter_label, context));
  return facts;
}

Result<> show(TlsStream& stream, const Binding& binding, const SessionOptions& options, Deadline deadline) {
  ASTERISM_TRY(const auto claim, options.provider.claim());
  if (claim.size() > options.limits.claim_bytes) {
    return fail(Errc::unsupported, "a claim of {} bytes (at most {})", claim.size(), options.limits.claim_bytes);
  }
  ASTERISM_CHECK(write_frame(stream, FrameType::claim, claim, deadline));
  ASTERISM_TRY(const auto challenge,
               read_frame(stream, FrameType::challenge, options.limits.challenge_bytes, deadline));
  ASTERISM_CHECK(options.provider.answer(challenge));
  ASTERISM_TRY(const auto evidence, options.provider.evidence(binding));
  if (evidence.size() > options.limits.evidence_bytes) {
    return fail(Errc::unsupported, "{} bytes (at most {})", evidence.size(), options.limits.evidence_bytes);
  }
  return write_frame(stream, FrameType::evidence, evidence, deadline);
}

Result<ImageNames> judge_peer(TlsStream& stream, const Binding& binding, const SessionOptions& options,
                              Deadline deadline) {
  ASTERISM_TRY(const auto claim, read_frame(stream, FrameType::claim, options.limits.claim_bytes, deadline));
  ASTERISM_TRY(const auto challenge, options.verifier.challenge(claim));
  ASTERISM_CHECK(write_frame(stream, FrameType::challenge, challenge, deadline));
  ASTERISM_TRY(const auto evidence, read_frame(stream, FrameType::evidence, options.limits.evidence_bytes, deadline));
  ASTERISM_TRY(auto images, options.verifier.verify(evidence, binding));
  if (images.empty()) return fail(Errc::unverified, "it fits no image");
  return images;
}

Result<ImageNames> look(TlsStream& stream, const Binding& binding, const SessionOptions& options, Deadline deadline) {
  auto images = judge_peer(stream, binding, options, deadline);
  if (!images && images.error().code() != Errc::unavailable) write_refusal(stream, images.error(), deadline);
  return images;
}

}  // namespace

Result<AttestedSession> AttestedSession::establish(UniqueFd socket, Role role, const TlsIdentity& own,
                                                   const SessionOptions& options) {
  const Deadline deadline = std::chrono::steady_clock::now() + options.limits.establish;
  ASTERISM_TRY(auto stream, TlsStream::open(std::move(socket), role, own, deadline));
  ASTERISM_TRY(const auto facts, agree(stream, role, own, options.deployment, deadline), "greeting the peer");
  ASTERISM_TRY(const auto own_binding, session_binding(role, facts));
  ASTERISM_TRY(const auto peer_binding, session_binding(other(role), facts));
  if (role == Role::server) {
    ASTERISM_CHECK(show(stream, own_binding, options, deadline), "own evidence");
  }
  ASTERISM_TRY(auto images, look(stream, peer_binding, options, deadline), "evidence of the {}",
               to_string(other(role)));
  if (role == Role::client) {
    ASTERISM_CHECK(show(stream, own_binding, options, deadline), "own evidence");
    ASTERISM_CHECK(read_frame(stream, FrameType::accepted, 0, deadline), "the server's verdict");
  } else {
    ASTERISM_CHECK(write_frame(stream, FrameType::accepted, {}, deadline), "own verdict");
  }
  return AttestedSession{std::move(stream), std::move(images), options.limits.message_bytes};
}

Result<> AttestedSession::send(Bytes message, Deadline deadline) {
  if (message.size() > message_bytes_) {
    return fail(Errc::usage, "a message of {} bytes (at most {})", message.size(), message_bytes_);
  }
  return write_frame(stream_, FrameType::data, message, deadline);
}

Result<std::vector<std::byte>> AttestedSession::receive(Deadline deadline) {
  return read_frame(stream_, FrameType::data, message_bytes_, deadline);
}

}  // namespace asterism::attestation
