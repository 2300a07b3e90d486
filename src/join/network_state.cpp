// SPDX-License-Identifier: Apache-2.0
#include "join/network_state.hpp"

#include <algorithm>
#include <ranges>
#include <sstream>

#include "join/ip_address.hpp"

namespace asterism::join {
namespace {

constexpr std::size_t servers_max = 3;  // the resolver looks at no more

}  // namespace

bool is_routable(std::string_view netif_state) {
  return std::ranges::any_of(std::views::split(netif_state, '\n'), [](const auto& line) {
    return std::string_view{line.begin(), line.end()} == "OPER_STATE=routable";
  });
}

std::string resolver_configuration(std::string_view netif_state) {
  std::string text;
  std::istringstream lines{std::string{netif_state}};
  std::size_t servers = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("DNS=")) continue;
    std::istringstream words{line.substr(4)};
    for (std::string word; words >> word && servers < servers_max;) {
      if (!is_ip_address(word)) continue;
      text += "nameserver " + word + "\n";
      ++servers;
    }
  }
  return text;
}

}  // namespace asterism::join
