// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "attestation/evidence/collector.hpp"
#include "attestation/evidence/judge.hpp"
#include "common/timestamp.hpp"
#include "common/unique_fd.hpp"
#include "crypto/private_key.hpp"
#include "join/message.hpp"
#include "join/node_config.hpp"

namespace asterism::join {

/// What an operator gave a node.
struct Recovered {
  SecretBytes disk_key;     ///< disk_key_bytes
  std::string operator_id;  ///< SHA-256 of the operator's public key, hexadecimal
};

/// The node's side of one recovery session: shows its evidence, checks that the other side holds the key of an operator
/// whom its document names, asks for the key of its disk. docs/join.md has the messages.
/// @param config with recovery rules.
/// @param measure puts on record who gave the key, before it is used; without that there is no recovery.
/// @errors those of the session; `unverified` for a stranger, a refusal or a key of another disk; `usage` without
/// rules;
///         those of `measure`.
[[nodiscard]] Result<Recovered> take_disk_key(UniqueFd socket, const NodeConfig& config, const std::string& disk_uuid,
                                              attestation::EvidenceProvider& evidence,
                                              const std::function<Result<>(const std::string& operator_id)>& measure);

/// What RecoveryDesk does outside of itself; tests put something else in its place.
struct RecoveryWorld {
  /// Somebody who connects within that time; called again for the next. @errors `unavailable` when the time is up.
  std::function<Result<UniqueFd>(std::chrono::milliseconds)> visitor;
  std::function<Result<>(const std::string& operator_id)> measure;
  std::function<void(const std::string&)> tell;  ///< a line for the console
};

/// Where a node that its cluster does not let in waits for an operator, one visitor at a time.
class RecoveryDesk {
 public:
  /// @param config, collector outlive it. @param config with recovery rules.
  RecoveryDesk(const NodeConfig& config, std::string disk_uuid, attestation::EvidenceCollector& collector,
               RecoveryWorld world)
      : config_{config}, disk_uuid_{std::move(disk_uuid)}, collector_{collector}, world_{std::move(world)} {}

  /// Waits that long, or until an operator gave the key. Visitors who are none are told of and sent away.
  /// @returns whether there is a key now.
  bool wait(std::chrono::milliseconds time);

  [[nodiscard]] std::optional<Recovered>& recovered() noexcept { return recovered_; }

 private:
  const NodeConfig& config_;
  std::string disk_uuid_;
  attestation::EvidenceCollector& collector_;
  RecoveryWorld world_;
  std::optional<Recovered> recovered_;
};

/// Which node an operator means to recover.
struct RecoveryOrder {
  const NodeConfig& config;                ///< the node's document
  const crypto::PrivateKey& operator_key;  ///< one that the document names
  std::string disk_uuid;                   ///< of the only disk whose key is given
  std::string identity{};                  ///< "tpm:…", "snp:…" or "tdx:…" that the node has to have; empty: any
};

/// The operator's side: the node is judged first; only one that passes, asks under its document's name, and asks for
/// this disk gets the key.
/// @returns what the node proved. @errors those of the session; `unverified` naming what is not as ordered.
[[nodiscard]] Result<attestation::NodeFacts> give_disk_key(UniqueFd socket, const RecoveryOrder& order,
                                                           const SecretBytes& key, const attestation::JudgeRules& rules,
                                                           const attestation::ReferenceValues& references,
                                                           Timestamp now);

}  // namespace asterism::join
