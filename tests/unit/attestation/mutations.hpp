// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "common/error.hpp"
#include "support/hostile_table.hpp"

namespace asterism::testing {

/// One way to tamper with good evidence, and what must come of it.
///
/// File format, one row a line, '#' starts a comment: label | what is changed | change | code | part of the message
struct Mutation {
  std::string label;
  std::string what;
  std::string change;
  std::string code;
  std::string message;

  /// The change as patches of bytes, see HostileRow.
  [[nodiscard]] std::vector<std::byte> patch(std::vector<std::byte> input) const {
    return HostileRow{label, change, code, message}.apply(std::move(input));
  }
  /// The change as one word and, behind '=', its value.
  [[nodiscard]] std::pair<std::string, std::string> word() const {
    const auto equals = change.find('=');
    return {change.substr(0, equals), equals == std::string::npos ? "" : change.substr(equals + 1)};
  }

  friend std::ostream& operator<<(std::ostream& out, const Mutation& row) { return out << row.label; }
};

inline std::vector<Mutation> mutation_table(const std::string& name) {
  std::vector<Mutation> rows;
  for (const auto& row : table_rows("attestation/" + name, 5))
    rows.push_back({row[0], row[1], row[2], row[3], row[4]});
  return rows;
}

/// The message of a failure; empty if there is none.
template <class T>
std::string why(const Result<T>& outcome) {
  return outcome ? std::string{} : outcome.error().message();
}

/// Checks that the outcome is a refusal with the row's code and message.
template <class T>
void check_refusal(const Result<T>& outcome, const Mutation& row) {
  BOOST_REQUIRE_MESSAGE(!outcome, "accepted");
  BOOST_TEST(to_string(outcome.error().code()) == row.code, outcome.error().message());
  BOOST_TEST(outcome.error().message().contains(row.message), outcome.error().message());
}

inline std::vector<std::byte> test_file(const std::string& name) {
  std::ifstream file{std::string{ASTERISM_SOURCE_DIR "/tests/data/attestation/"} + name, std::ios::binary};
  if (!file) throw std::runtime_error{"no file " + name};
  std::ostringstream content;
  content << file.rdbuf();
  const std::string text = content.str();
  const Bytes bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

}  // namespace asterism::testing
