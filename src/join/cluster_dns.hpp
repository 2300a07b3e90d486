// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"

namespace asterism::join {

/// Whom pods ask for names, and where the cluster's own names end. Nodes get it with their credentials.
struct ClusterDns {
  std::vector<std::string> servers{};  ///< IPv4 or IPv6 addresses, at most 3; none: pods ask whom the node asks
  std::string domain{};                ///< "cluster.local"; empty without servers

  friend bool operator==(const ClusterDns&, const ClusterDns&) = default;
};

/// The servers as kubelet and the messages have them, with commas between.
[[nodiscard]] std::string servers_text(const ClusterDns& dns);

/// Takes servers_text() apart again. What passes holds letters, digits, dots, colons, commas and hyphens alone.
/// @errors `unverified` for something else than up to 3 addresses, for a domain that is no lower-case DNS name, and for
///         one without the other.
[[nodiscard]] Result<ClusterDns> parse_cluster_dns(std::string_view servers, std::string_view domain);

}  // namespace asterism::join
