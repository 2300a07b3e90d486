// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <format>
#include <memory>
#include <string_view>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include "common/handle.hpp"
#include "node-console/node_facts.hpp"

namespace asterism::node_console {
namespace {

constexpr std::size_t most_addresses = 8;

using Interfaces = Handle<ifaddrs, ::freeifaddrs>;

bool has_device(int root, std::string_view interface) {
  struct stat status{};
  return ::fstatat(root, std::format("sys/class/net/{}/device", interface).c_str(), &status, 0) == 0;
}

std::optional<std::string> global_address(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.sa_family == AF_INET) {
    const auto& ip = reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    if (::inet_ntop(AF_INET, &ip, text.data(), text.size()) != nullptr) return text.data();
  }
  if (address.sa_family == AF_INET6) {
    const auto& ip = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (IN6_IS_ADDR_LINKLOCAL(&ip)) return std::nullopt;
    if (::inet_ntop(AF_INET6, &ip, text.data(), text.size()) != nullptr) return text.data();
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> read_addresses(int root) {
  std::vector<std::string> found;
  Interfaces list;
  if (::getifaddrs(std::out_ptr(list)) != 0) return found;
  for (const ifaddrs* entry = list.get(); entry != nullptr && found.size() < most_addresses; entry = entry->ifa_next) {
    const bool usable = (entry->ifa_flags & IFF_UP) != 0 && (entry->ifa_flags & IFF_LOOPBACK) == 0;
    if (entry->ifa_addr == nullptr || !usable || !has_device(root, entry->ifa_name)) continue;
    if (auto text = global_address(*entry->ifa_addr)) found.push_back(std::move(*text));
  }
  return found;
}

}  // namespace asterism::node_console
