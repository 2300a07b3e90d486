// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <span>

#include "attestation/tls/binding.hpp"
#include "attestation/tls/identity.hpp"
#include "common/unique_fd.hpp"

namespace asterism::attestation {

/// When something has to be done.
using Deadline = std::chrono::steady_clock::time_point;

/// TLS 1.3 over a connected socket, both sides with a certificate. Nothing is resumed: no tickets, no session cache, no
/// early data. Who the other side is does not follow from the certificate; see attested_session.hpp.
///
/// Every wait ends at the deadline. One thread at a time.
class TlsStream {
 public:
  /// Does the handshake. @param socket connected; is made non-blocking.
  /// @errors `unavailable` if the deadline passes or the other side goes away; `unverified` if the handshake fails, the
  ///         other side has no certificate, more than one, an unsuitable key, our own key, or speaks another protocol.
  [[nodiscard]] static Result<TlsStream> open(UniqueFd socket, Role role, const TlsIdentity& own, Deadline deadline);

  TlsStream(TlsStream&&) noexcept;
  TlsStream& operator=(TlsStream&&) noexcept;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;
  ~TlsStream();

  /// Sends all of it. @errors `unavailable`.
  [[nodiscard]] Result<> write(Bytes bytes, Deadline deadline);
  /// Fills all of it. @errors `unavailable` if the deadline passes or the other side closes before; `unverified` for
  ///         records that do not authenticate.
  [[nodiscard]] Result<> read(std::span<std::byte> bytes, Deadline deadline);

  /// Keying material of this session. @source RFC 8446 section 7.5. @errors `internal`.
  [[nodiscard]] Result<FixedBytes<32>> exporter(std::string_view label, Bytes context) const;
  /// The other side's key: it proved that it holds the private half.
  [[nodiscard]] const PublicKey& peer_key() const noexcept;

 private:
  struct State;
  explicit TlsStream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace asterism::attestation
