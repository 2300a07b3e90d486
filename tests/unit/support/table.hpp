// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace asterism::testing {

inline std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The rows of a table that lies beside the tests, e.g. "efi/pe_hostile.txt": one row a line, cells between '|', blanks
/// around them left out, '#' starts a comment. Behind a '|' at the end of a line is one more cell, which is empty.
/// Rows of another number of cells are errors.
inline std::vector<std::vector<std::string>> table_rows(const std::string& name, std::size_t cells) {
  std::ifstream file{std::string{ASTERISM_SOURCE_DIR "/tests/unit/"} + name};
  if (!file) throw std::runtime_error{"no table " + name};
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    if (trimmed(line).empty() || line.starts_with('#')) continue;
    std::istringstream parts{line};
    std::vector<std::string> row;
    for (std::string cell; std::getline(parts, cell, '|');)
      row.push_back(trimmed(cell));
    if (trimmed(line).ends_with('|')) row.emplace_back();
    if (row.size() != cells) throw std::runtime_error{name + ": not " + std::to_string(cells) + " cells: " + line};
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace asterism::testing
