// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <thread>

#include <sys/socket.h>

#include "attestation/tls/attested_session.hpp"
#include "tpm_world.hpp"

namespace asterism::testing {

/// A node with a TPM of its own whose key everybody here trusts. PCR 15 says which deployment it was measured into.
/// Evidence is its quote: sizes of the attestation and the signature, then both.
struct Node {
  explicit Node(std::string_view measured_deployment) {
    tpm.pcrs = {{4, pcr_value(4)}, {11, pcr_value(11)}, {15, sha256(as_bytes(measured_deployment)).value()}};
  }
  TpmWorld tpm;
};

/// The node's quote over a binding.
class QuoteProvider final : public attestation::EvidenceProvider {
 public:
  explicit QuoteProvider(const Node& node) : node_{node} {}
  Result<std::vector<std::byte>> evidence(const attestation::Binding& binding) override;

 private:
  const Node& node_;
};

/// Takes quotes of any of some nodes' TPMs with PCR 15 of one deployment.
class QuoteVerifier final : public attestation::EvidenceVerifier {
 public:
  QuoteVerifier(std::vector<const Node*> known, std::string_view deployment);
  Result<attestation::ImageNames> verify(Bytes evidence, const attestation::Binding& binding) override;

 private:
  std::vector<attestation::TrustedAk> keys_;
  attestation::PcrValues pcrs_;
  std::vector<attestation::ImageReference> images_;
};

/// Evidence that somebody else makes, or makes up.
class ProviderOf final : public attestation::EvidenceProvider {
 public:
  using Make = std::function<Result<std::vector<std::byte>>(const attestation::Binding&)>;
  explicit ProviderOf(Make make) : make_{std::move(make)} {}
  Result<std::vector<std::byte>> evidence(const attestation::Binding& binding) override { return make_(binding); }

 private:
  Make make_;
};

/// Somebody who believes everything, and keeps what was shown.
class Believer final : public attestation::EvidenceVerifier {
 public:
  Result<attestation::ImageNames> verify(Bytes evidence, const attestation::Binding& /*binding*/) override {
    seen.assign(evidence.begin(), evidence.end());
    return attestation::ImageNames{"whatever"};
  }
  std::vector<std::byte> seen;
};

/// Two connected sockets.
inline std::pair<UniqueFd, UniqueFd> socket_pair() {
  int fds[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) throw std::runtime_error{"socketpair"};
  return {UniqueFd{fds[0]}, UniqueFd{fds[1]}};
}

using Outcome = std::optional<Result<attestation::AttestedSession>>;

/// Runs one side in a thread of its own.
inline std::jthread side(Outcome& outcome, UniqueFd socket, attestation::Role role,
                         const attestation::TlsIdentity& identity, const attestation::SessionOptions& options) {
  return std::jthread{[&outcome, fd = std::move(socket), role, identity, options]() mutable {
    outcome = attestation::AttestedSession::establish(std::move(fd), role, identity, options);
  }};
}

}  // namespace asterism::testing
