// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "attestation/tls/stream.hpp"
#include "attestation/verified.hpp"

namespace asterism::attestation {

/// Port: makes evidence of this node.
class EvidenceProvider {
 public:
  EvidenceProvider() = default;
  EvidenceProvider(const EvidenceProvider&) = delete;
  EvidenceProvider& operator=(const EvidenceProvider&) = delete;
  EvidenceProvider(EvidenceProvider&&) = delete;
  EvidenceProvider& operator=(EvidenceProvider&&) = delete;
  virtual ~EvidenceProvider() = default;

  /// What this node says of its attestation key, so that the other side can challenge it; empty where hardware vouches.
  [[nodiscard]] virtual Result<std::vector<std::byte>> claim() { return std::vector<std::byte>{}; }
  /// Takes the other side's challenge to the claim; the answer is part of the evidence. Empty if there is nothing to
  /// ask.
  /// @errors `unverified` if it was made for others.
  [[nodiscard]] virtual Result<> answer(Bytes challenge) {
    if (challenge.empty()) return {};
    return fail(Errc::unverified, "a challenge to a claim that was not made");
  }
  /// Evidence that carries the binding: as report data (as_report_data()), as a quote's nonce, or both.
  [[nodiscard]] virtual Result<std::vector<std::byte>> evidence(const Binding& binding) = 0;
};

/// Port: judges the other side's evidence.
class EvidenceVerifier {
 public:
  EvidenceVerifier() = default;
  EvidenceVerifier(const EvidenceVerifier&) = delete;
  EvidenceVerifier& operator=(const EvidenceVerifier&) = delete;
  EvidenceVerifier(EvidenceVerifier&&) = delete;
  EvidenceVerifier& operator=(EvidenceVerifier&&) = delete;
  virtual ~EvidenceVerifier() = default;

  /// The challenge to what the peer says of its attestation key; empty if there is nothing to ask.
  /// @errors `unverified`, `corrupt`, `unsupported` naming the field.
  [[nodiscard]] virtual Result<std::vector<std::byte>> challenge(Bytes claim) {
    if (claim.empty()) return std::vector<std::byte>{};
    return fail(Errc::unverified, "a claim that nobody here can check");
  }
  /// The images that the evidence fits, never empty. The binding has to be in the evidence, and the deployment that the
  /// peer was measured to belong to (PCR 15, host data, MRCONFIGID) has to be the expected one: a genuine node of
  /// somebody else's deployment can claim any deployment in the session.
  /// @errors `unverified`, `corrupt`, `unsupported` naming the field.
  [[nodiscard]] virtual Result<ImageNames> verify(Bytes evidence, const Binding& binding) = 0;
};

/// Limits of one session.
struct SessionLimits {
  std::size_t evidence_bytes = std::size_t{256} << 10;
  std::size_t claim_bytes = std::size_t{64} << 10;
  std::size_t challenge_bytes = 1024;
  std::size_t message_bytes = std::size_t{1} << 20;
  std::chrono::milliseconds establish{std::chrono::seconds{20}};  ///< handshake, evidence of both sides, verdicts
};

/// What one side brings to a session.
struct SessionOptions {
  std::string deployment;  ///< id of the cluster, 1 to 255 bytes
  EvidenceProvider& provider;
  EvidenceVerifier& verifier;
  SessionLimits limits{};
};

/// A TLS 1.3 session in which both sides have proven what they run. One is only made when both verdicts are in.
///
/// Messages, each a frame of a 32-bit big-endian length, a type and a content, inside TLS after Finished:
///   client -> server  hello: version 1, 32 bytes of nonce
///   server -> client  hello
///   server -> client  claim: its attestation key, or nothing
///   client -> server  challenge to it, or nothing
///   server -> client  evidence for (server, this session); the client verifies, or goes away
///   client -> server  claim
///   server -> client  challenge
///   client -> server  evidence for (client, this session); the server verifies, or goes away
///   server -> client  accepted
/// then data in both directions. Who does not believe the other says why (refused) before going away. The server shows
/// itself first: a client gives nothing to a stranger.
class AttestedSession {
 public:
  /// @errors `unavailable` when the time is up or the other side goes away; `unverified` naming whose evidence did not
  ///         hold and why; `corrupt` for malformed frames; those of the provider.
  [[nodiscard]] static Result<AttestedSession> establish(UniqueFd socket, Role role, const TlsIdentity& own,
                                                         const SessionOptions& options);

  /// The images that the other side's evidence fits.
  [[nodiscard]] const ImageNames& peer_images() const noexcept { return peer_images_; }
  [[nodiscard]] const PublicKey& peer_key() const noexcept { return stream_.peer_key(); }

  /// Sends one message. @errors `usage` over the limit; `unavailable`.
  [[nodiscard]] Result<> send(Bytes message, Deadline deadline);
  /// Receives one message. @errors `corrupt` for another frame or one over the limit; `unavailable`.
  [[nodiscard]] Result<std::vector<std::byte>> receive(Deadline deadline);

 private:
  AttestedSession(TlsStream stream, ImageNames peer_images, std::size_t message_bytes)
      : stream_{std::move(stream)}, peer_images_{std::move(peer_images)}, message_bytes_{message_bytes} {}

  TlsStream stream_;
  ImageNames peer_images_;
  std::size_t message_bytes_;
};

}  // namespace asterism::attestation
