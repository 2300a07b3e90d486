// SPDX-License-Identifier: Apache-2.0
#include "common/os_release.hpp"

#include <ranges>

namespace asterism {
namespace {

// Shell quoting as os-release(5) allows it: one pair of quotes around the whole, backslashes inside double quotes.
std::string unquoted(std::string_view value) {
  if (value.size() < 2 || value.front() != value.back()) return std::string{value};
  const char quote = value.front();
  if (quote != '"' && quote != '\'') return std::string{value};
  std::string plain;
  for (std::size_t i = 1; i + 1 < value.size(); ++i) {
    if (quote == '"' && value[i] == '\\' && i + 2 < value.size()) ++i;
    plain += value[i];
  }
  return plain;
}

}  // namespace

OsRelease parse_os_release(std::string_view text) {
  OsRelease found;
  std::string version_id;
  for (const auto part : std::views::split(text, '\n')) {
    const std::string_view line{part};
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const auto key = line.substr(0, equals);
    const auto value = line.substr(equals + 1);
    if (key == "NAME") found.name = unquoted(value);
    if (key == "IMAGE_ID") found.image = unquoted(value);
    if (key == "IMAGE_VERSION") found.version = unquoted(value);
    if (key == "VERSION_ID") version_id = unquoted(value);
    if (key == "VARIANT_ID") found.variant = unquoted(value);
  }
  if (found.version.empty()) found.version = version_id;
  return found;
}

}  // namespace asterism
