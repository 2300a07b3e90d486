// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "attestation/fields.hpp"

namespace asterism::attestation {

/// Which side of a session somebody is. Evidence names the side that it is for, so that nobody can send it back.
enum class Role : std::uint8_t { client = 1, server = 2 };

/// "client" or "server".
[[nodiscard]] std::string_view to_string(Role role) noexcept;

/// The other side.
[[nodiscard]] constexpr Role other(Role role) noexcept {
  return role == Role::client ? Role::server : Role::client;
}

/// What makes a TLS session this one and no other.
struct SessionFacts {
  FixedBytes<32> exporter{};    ///< RFC 8446 section 7.5, over both nonces
  FixedBytes<32> client_key{};  ///< SHA-256 of the client's SubjectPublicKeyInfo
  FixedBytes<32> server_key{};  ///< SHA-256 of the server's
  FixedBytes<32> client_nonce{};
  FixedBytes<32> server_nonce{};
  std::string deployment;  ///< which cluster both mean to belong to; up to 255 bytes
};

/// What evidence has to carry to count in one session, for one side of it: 32 bytes.
using Binding = FixedBytes<32>;

/// SHA-512/256 over: "asterism attested tls 1" and a NUL, the role (1 byte), exporter, client key, server key, client
/// nonce, server nonce (32 bytes each), length of the deployment (1 byte), deployment.
/// @param prover the side whose evidence carries it.
/// @errors `usage` for a deployment that is empty or over 255 bytes; `internal`.
/// @checked tests/unit/attestation/tls_binding_test.cpp: every field changes it, a known answer.
[[nodiscard]] Result<Binding> session_binding(Role prover, const SessionFacts& facts);

/// The binding as report data of SEV-SNP and TDX: itself, then zeros. A TPM quote carries it as its nonce.
[[nodiscard]] FixedBytes<64> as_report_data(const Binding& binding);

}  // namespace asterism::attestation
