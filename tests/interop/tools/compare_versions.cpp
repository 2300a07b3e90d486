// SPDX-License-Identifier: Apache-2.0
// Reads pairs of versions, one pair a line separated by a tab, and prints <, = or > for each.
#include <iostream>
#include <string>

#include "common/version_compare.hpp"

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto tab = line.find('\t');
    if (tab == std::string::npos) return 2;
    const auto order = asterism::compare_versions(line.substr(0, tab), line.substr(tab + 1));
    std::cout << (order < 0 ? '<' : order > 0 ? '>' : '=') << '\n';
  }
  return 0;
}
