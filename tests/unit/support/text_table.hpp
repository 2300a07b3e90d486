// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "support/hostile_table.hpp"

namespace asterism::testing {

/// One row of a table of hostile documents: a good text, one place of it replaced, and what must come of it.
///
/// File format as of hostile_table(): label | text to find | replacement | code. An empty text to find stands for the
/// whole document; the text must be there.
struct TextRow {
  std::string label;
  std::string find;
  std::string replacement;
  std::string code;

  [[nodiscard]] std::string apply(std::string text) const {
    if (find.empty()) return replacement;
    const auto at = text.find(find);
    if (at == std::string::npos) throw std::runtime_error{label + ": the text to replace is not there"};
    return text.replace(at, find.size(), replacement);
  }

  friend std::ostream& operator<<(std::ostream& out, const TextRow& row) { return out << row.label; }
};

inline std::vector<TextRow> text_table(const std::string& name) {
  std::vector<TextRow> rows;
  for (const HostileRow& row : hostile_table(name))
    rows.push_back({row.label, row.patches, row.code, row.message});
  return rows;
}

}  // namespace asterism::testing
