// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "support/table.hpp"

namespace asterism::testing {

/// One row of a table of hostile inputs: a good input, changed at places, and what must come of it.
///
/// File format, one row a line, '#' starts a comment:
///   label | patches | code | part of the message
/// Patches are separated by spaces: "0x3c=ffff" overwrites bytes, "end=0x120" cuts the input there, "add=00ff" appends.
struct HostileRow {
  std::string label;
  std::string patches;
  std::string code;
  std::string message;

  [[nodiscard]] std::vector<std::byte> apply(std::vector<std::byte> input) const {
    std::istringstream words{patches};
    for (std::string word; words >> word;) {
      const auto equals = word.find('=');
      const std::string place = word.substr(0, equals);
      const std::string value = word.substr(equals + 1);
      if (place == "end") {
        input.resize(std::stoul(value, nullptr, 0));
        continue;
      }
      const auto bytes = from_hex(value).value();
      if (place == "add") {
        append(input, bytes);
        continue;
      }
      const std::size_t offset = std::stoul(place, nullptr, 0);
      if (offset + bytes.size() > input.size()) throw std::out_of_range{label + ": patch behind the input"};
      std::ranges::copy(bytes, input.begin() + static_cast<std::ptrdiff_t>(offset));
    }
    return input;
  }

  friend std::ostream& operator<<(std::ostream& out, const HostileRow& row) { return out << row.label; }
};

/// Reads a table, see table_rows().
inline std::vector<HostileRow> hostile_table(const std::string& name) {
  std::vector<HostileRow> rows;
  for (const auto& row : table_rows(name, 4))
    rows.push_back({row[0], row[1], row[2], row[3]});
  return rows;
}

}  // namespace asterism::testing
