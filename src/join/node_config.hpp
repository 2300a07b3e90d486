// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "attestation/certificate.hpp"
#include "attestation/evidence/judge.hpp"
#include "manifest/trust_policy.hpp"

namespace asterism::join {

/// Where a service listens.
struct Endpoint {
  std::string host;  ///< name, IPv4 address, or IPv6 address without brackets
  std::string port;  ///< digits

  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// "host:port" or "[address]:port". @errors `unverified` for anything else.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

/// How a node lets itself be recovered: see docs/join.md.
struct RecoveryRules {
  Endpoint listen;                  ///< where it waits for an operator
  std::set<std::string> operators;  ///< SHA-256 of their public keys (SubjectPublicKeyInfo), hexadecimal; never empty
};

/// What the host tells a node: where its cluster is, and by what to know it. Nobody vouches for it, so it is measured
/// before it is used, and nothing in it can make the cluster's own checks weaker.
struct NodeConfig {
  std::string cluster;
  std::string name;                                 ///< the node's
  std::vector<Endpoint> endpoints;                  ///< 1 to 16
  manifest::TrustPolicy trust;                      ///< whose manifests say what the service may run
  std::vector<attestation::Certificate> tpm_roots;  ///< for the service's TPM; may be empty
  std::set<attestation::EvidenceKind> evidence;     ///< what the service has to show; never empty
  std::optional<RecoveryRules> recovery{};          ///< none: the node never listens
};

/// Reads {"schema":1,"cluster":…,"name":…,"endpoints":[…],"evidence":[…],"trust":{…},"tpm_roots":[PEM…]};
/// the last may be left out, and "recovery":{"listen":…,"operators":["<SHA-256>"…]} may be there.
/// @errors `corrupt`, `unverified`, `unsupported` with the path of the field.
/// @checked tests/unit/join/node_config_test.cpp; tests/fuzz/join.
[[nodiscard]] Result<NodeConfig> parse_node_config(std::string_view json);

}  // namespace asterism::join
