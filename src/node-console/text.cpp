// SPDX-License-Identifier: Apache-2.0
#include "node-console/text.hpp"

#include "common/bytes.hpp"

namespace asterism::node_console {

std::string shown(std::string_view text, std::size_t limit) {
  constexpr std::string_view cut = "...";
  // An escaped byte takes up to four characters; what is cut here would be cut below as well.
  std::string result = printable(text.substr(0, limit + 1));
  if (result.size() <= limit) return result;
  result.resize(limit < cut.size() ? limit : limit - cut.size());
  if (limit >= cut.size()) result += cut;
  return result;
}

std::string shown_or_unknown(std::string_view text, std::size_t limit) {
  return text.empty() ? "unknown" : shown(text, limit);
}

}  // namespace asterism::node_console
