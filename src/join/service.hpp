// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "attestation/tls/attested_session.hpp"
#include "crypto/private_key.hpp"
#include "join/audit.hpp"
#include "join/disk_key.hpp"
#include "join/kubernetes.hpp"
#include "join/message.hpp"
#include "join/metrics.hpp"
#include "join/rate_limit.hpp"
#include "join/references.hpp"
#include "join/registry.hpp"
#include "join/service_config.hpp"

namespace asterism::join {

/// Makes the provider of one session's evidence: the service's own.
using ProviderMaker = std::function<std::unique_ptr<attestation::EvidenceProvider>()>;

/// What a service is made of.
struct ServiceParts {
  ServiceConfig config;
  std::string ca_pem;  ///< of the API server, for nodes
  std::unique_ptr<KubernetesApi> kubernetes;
  std::unique_ptr<MasterSecret> secret;
  ProviderMaker evidence;
  attestation::SessionLimits limits{.message_bytes = message_bytes_max};
  std::shared_ptr<const attestation::VendorRoots> roots{};  ///< see JudgeRules; null but in tests
};

/// The cluster's side of joining: lets in whoever proves what it is, lists members, and notes everything.
///
/// serve() may run in several threads at once; what they share is behind one lock, which is not held while a peer or
/// the API server is waited for.
class JoinService {
 public:
  /// Opens state and audit log, reads the manifests, makes the key that signs lists if there is none.
  /// @errors `io`, `corrupt`, `not_found`; `usage` if no manifest holds.
  [[nodiscard]] static Result<std::unique_ptr<JoinService>> make(ServiceParts parts);

  /// One connection, from its first byte to its last; noted in the audit log however it ends.
  /// @param peer address of the other side, for the log and the rate.
  void serve(UniqueFd socket, const std::string& peer);

  /// Reads manifests and collateral again. What holds now counts for sessions that start later.
  /// @errors as load_manifests(), load_tdx_collateral(): then all stays as it was.
  [[nodiscard]] Result<> reload();

  /// Whether nodes could join: a valid image, the master secret, Kubernetes. @errors say what is missing.
  [[nodiscard]] Result<> ready();
  [[nodiscard]] std::string metrics();

 private:
  struct Session;
  explicit JoinService(ServiceParts parts, Registry registry, AuditLog audit, crypto::PrivateKey list_key);

  /// What the session came to: its word for figures and log.
  Result<std::string> talk(UniqueFd socket, Session& session);
  Result<Message> answer(const Message& request, Session& session);
  Result<Message> join(const JoinRequest& request, Session& session);
  Result<std::string> check_name(const JoinRequest& request, const Session& session);
  Result<> send_list(attestation::AttestedSession& channel, Session& session);
  Result<> note(const Session& session, const std::string& outcome, const std::string& reason);
  [[nodiscard]] std::shared_ptr<const LoadedManifests> manifests();
  [[nodiscard]] std::optional<attestation::TdxCollateralTexts> tdx_collateral();

  ServiceParts parts_;
  crypto::PrivateKey list_key_;
  std::set<std::string> operator_ids_;
  std::mutex mutex_;
  Registry registry_;
  AuditLog audit_;
  Metrics metrics_;
  RateLimit by_address_;
  RateLimit by_name_;
  std::shared_ptr<const LoadedManifests> manifests_;
  std::optional<attestation::TdxCollateralTexts> tdx_collateral_;
  std::uint64_t sequence_ = 0;
};

}  // namespace asterism::join
