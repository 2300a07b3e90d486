// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "attestation/evidence/judge.hpp"
#include "attestation/manifest_values.hpp"
#include "join/cluster_dns.hpp"
#include "join/name_policy.hpp"
#include "join/node_config.hpp"

namespace asterism::join {

/// How the service speaks with Kubernetes.
struct KubernetesAccess {
  std::string server{};            ///< "https://host:port", for the service
  std::string endpoint{};          ///< the same, for nodes
  std::string ca_file{};           ///< PEM; nodes get its content
  std::string certificate_file{};  ///< client certificate, PEM; empty with a token
  std::string key_file{};
  std::string token_file{};  ///< bearer token, as a pod has it; read anew for each request
};

/// Where the master secret is kept; see MasterSecret.
struct SecretPlace {
  std::string file{};
  std::string key{};  ///< PEM file or PKCS#11 URI that decrypts the file; empty: it is not encrypted
};

/// What the service demands of joining nodes.
struct Demands {
  std::set<attestation::EvidenceKind> evidence;
  std::vector<attestation::Certificate> tpm_roots;
  attestation::SnpPolicy snp{};
  std::map<attestation::SnpProduct, attestation::SnpTcb> snp_floors{};
  std::vector<std::vector<std::byte>> snp_certificates{};  ///< DER; of processors whose hosts send none
  std::string tdx_collateral{};                            ///< folder, see load_tdx_collateral(); empty: none
  std::vector<attestation::ReferenceScope> scopes;         ///< states of a machine in which a node may ask; 1 to 32
};

/// How often somebody may ask.
struct Rates {
  unsigned burst = 10;
  unsigned per_minute = 30;
};

/// The one configuration file of join-service.
struct ServiceConfig {
  std::string cluster;
  Endpoint listen;
  Endpoint http;          ///< health and metrics, without TLS: of a loopback or pod address
  std::string state;      ///< folder
  std::string manifests;  ///< folder of <name>.json with <name>.json.<anything>.sig beside
  manifest::TrustPolicy trust;
  bool allow_candidates = false;
  std::string own_manifest;  ///< file in `manifests` of the image that the service runs in; empty: none is shown
  Demands demands;
  std::vector<NameRule> names;
  KubernetesAccess kubernetes;
  ClusterDns dns{};
  SecretPlace secret;
  Rates rates{};
  std::vector<std::string> operators;  ///< PEM public keys of people who may list members
  unsigned sessions_max = 16;
};

/// Reads it strictly. @errors `corrupt`, `unverified`, `unsupported` with the path of the field.
/// @checked tests/unit/join/service_config_test.cpp.
[[nodiscard]] Result<ServiceConfig> parse_service_config(std::string_view json);

}  // namespace asterism::join
