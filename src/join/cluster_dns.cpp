// SPDX-License-Identifier: Apache-2.0
#include "join/cluster_dns.hpp"

#include <algorithm>
#include <ranges>

#include "join/ip_address.hpp"
#include "join/message.hpp"

namespace asterism::join {
namespace {

/// kubelet passes at most three on to a pod (MaxDNSNameservers).
constexpr std::size_t servers_max = 3;
constexpr std::size_t domain_bytes_max = 253;

bool is_domain(std::string_view text) {
  // A label is what a node's name is: RFC 1123.
  return text.size() <= domain_bytes_max && std::ranges::all_of(std::views::split(text, '.'), [](const auto& label) {
           return is_node_name(std::string_view{label.begin(), label.end()});
         });
}

}  // namespace

std::string servers_text(const ClusterDns& dns) {
  std::string text;
  for (const std::string& server : dns.servers)
    text += (text.empty() ? "" : ",") + server;
  return text;
}

Result<ClusterDns> parse_cluster_dns(std::string_view servers, std::string_view domain) {
  if (servers.empty() != domain.empty()) return fail(Errc::unverified, "DNS servers and domain come together");
  if (servers.empty()) return ClusterDns{};
  ClusterDns dns{.servers = {}, .domain = std::string{domain}};
  for (const auto& part : std::views::split(servers, ',')) {
    dns.servers.emplace_back(part.begin(), part.end());
    if (!is_ip_address(dns.servers.back()))
      return fail(Errc::unverified, "DNS server '{}' is no IP address", excerpt(dns.servers.back()));
  }
  if (dns.servers.size() > servers_max)
    return fail(Errc::unverified, "{} DNS servers (at most {})", dns.servers.size(), servers_max);
  if (!is_domain(domain)) return fail(Errc::unverified, "DNS domain '{}' is no name", excerpt(domain));
  return dns;
}

}  // namespace asterism::join
