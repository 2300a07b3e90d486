// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>

#include "attestation/evidence/collector.hpp"
#include "join/csr.hpp"
#include "join/message.hpp"
#include "join/node_config.hpp"
#include "join/recovery.hpp"

namespace asterism::join {

/// What a node has after it was let in.
struct Admission {
  JoinAnswer answer;
  SecretBytes key_pem;  ///< of the certificate
};

/// Asks one service, over a connection to it.
/// @errors those of the session; `unverified` for a refusal that asking again does not change; `unavailable` for one
/// that
///         it may, and for whatever else time may mend.
[[nodiscard]] Result<Admission> ask_to_join(UniqueFd socket, const NodeConfig& config, const std::string& disk_uuid,
                                            attestation::EvidenceProvider& evidence,
                                            const attestation::SessionLimits& limits);

/// How long an agent waits between rounds over all endpoints.
struct Backoff {
  std::chrono::milliseconds first{1000};
  std::chrono::milliseconds most{60'000};
  unsigned rounds = 0;  ///< 0: for ever
};

/// What the agent does outside of itself; tests put something else in its place.
struct AgentWorld {
  std::function<Result<UniqueFd>(const Endpoint&)> connect;
  std::function<bool(std::chrono::milliseconds)> pause;  ///< waits; false: there is no need to ask again
  std::function<void(const std::string&)> tell;          ///< a line for the console
};

/// Asks the endpoints in turn until one lets the node in. Between rounds it waits, twice as long each time, with up to
/// a quarter more or less, so that a rack of nodes does not come at once.
/// @errors the last one, once the rounds are used up or a pause says so.
[[nodiscard]] Result<Admission> join_cluster(const NodeConfig& config, const std::string& disk_uuid,
                                             attestation::EvidenceCollector& collector, const AgentWorld& world,
                                             const Backoff& backoff);

/// Leaves what the rest of the boot needs in `folder` (made with mode 0700, files 0600): ca.crt, kubelet.pem
/// (certificate and key), kubelet.kubeconfig, kubelet.env (ASTERISM_NODE_NAME), disk-key if there is one, report.json
/// last: who sees it sees all.
/// @errors `io`; `unverified` for a certificate that is not for this key and name.
[[nodiscard]] Result<> stage(const std::string& folder, const Admission& admission, const NodeConfig& config,
                             const std::string& disk_uuid);

/// The same without a cluster that let the node in: disk-key, then report.json, which names the operator. @errors `io`.
[[nodiscard]] Result<> stage_recovered(const std::string& folder, const Recovered& recovered, const NodeConfig& config,
                                       const std::string& disk_uuid);

}  // namespace asterism::join
