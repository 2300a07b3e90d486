// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attestation/evidence/judge.hpp"
#include "common/timestamp.hpp"
#include "crypto/private_key.hpp"
#include "join/node_config.hpp"

namespace CLI {
class App;
}

namespace asterism::cli {

/// The command line of verbs that speak with machines of a cluster.
struct ClusterArguments {
  std::string endpoint;
  std::string config;
  std::string operator_key;
  std::string manifests;
  std::vector<std::string> states{"on"};
  std::string tdx_collateral;

  /// The endpoint and the options; they outlive the parsing.
  void add_to(CLI::App& verb, const std::string& endpoint_help);
};

/// What a relying party knows of a cluster and demands of its nodes.
struct ClusterView {
  join::Endpoint endpoint;
  join::NodeConfig config;
  crypto::PrivateKey key;  ///< the operator's
  std::unique_ptr<const attestation::ReferenceValues> references;
  attestation::JudgeRules rules;  ///< for nodes as they are when they join
};

/// Reads what the arguments name. @errors `usage`, `io`, `not_found`; those of the parsers.
[[nodiscard]] Result<ClusterView> load_cluster(const ClusterArguments& arguments, Timestamp now);

}  // namespace asterism::cli
