// SPDX-License-Identifier: Apache-2.0
#include "boot-guard/decision.hpp"

#include <algorithm>
#include <map>
#include <ostream>
#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "common/fs.hpp"

using namespace asterism;
using namespace asterism::boot_guard;
namespace bdata = boost::unit_test::data;

namespace {

struct Case {
  std::string label;
  VariableAccess access;
  std::string variable;
  std::string expected;
  std::string running;
  Verdict verdict;
};
std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.label;
}

const std::map<std::string, VariableAccess, std::less<>> accesses{{"no_efi", VariableAccess::no_efi},
                                                                  {"unsupported", VariableAccess::unsupported},
                                                                  {"unreadable", VariableAccess::unreadable},
                                                                  {"listed", VariableAccess::listed}};
const std::map<std::string, Verdict, std::less<>> verdicts{
    {"proceed", Verdict::proceed},
    {"variables_unreadable", Verdict::variables_unreadable},
    {"variable_set", Verdict::variable_set},
    {"command_line_unreadable", Verdict::command_line_unreadable},
    {"command_line_differs", Verdict::command_line_differs}};

// \n, \v and \0 stand for themselves.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      plain += text[i];
      continue;
    }
    const char next = text.at(++i);
    plain += next == 'n' ? '\n' : next == 'v' ? '\v' : '\0';
  }
  return plain;
}

std::vector<Case> read_cases() {
  std::vector<Case> cases;
  const auto text = read_text_file(ASTERISM_SOURCE_DIR "/tests/unit/boot-guard/decisions.tsv", 65536).value();
  for (const auto part : std::views::split(text, '\n')) {
    const std::string_view line{part};
    if (line.empty() || line.starts_with('#')) continue;
    std::vector<std::string> fields;
    for (const auto field : std::views::split(line, '\t'))
      fields.push_back(unescaped(std::string_view{field}));
    if (fields.size() != 6) throw std::runtime_error{"decisions.tsv: " + std::string{line}};
    cases.push_back({fields[0], accesses.at(fields[1]), fields[2], fields[3], fields[4], verdicts.at(fields[5])});
  }
  return cases;
}

Findings findings_of(const Case& c) {
  Findings findings;
  findings.access = c.access;
  if (belongs_to_systemd(c.variable)) findings.systemd_variable = c.variable;
  findings.has_expected = c.expected != "-";
  if (findings.has_expected && c.expected != "?") findings.expected = c.expected;
  if (c.running != "?") findings.running = c.running;
  return findings;
}

bool is_one_line(std::string_view text) {
  return text.ends_with('\n') &&
         std::ranges::all_of(text.substr(0, text.size() - 1), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

BOOST_DATA_TEST_CASE(decides, bdata::make(read_cases()), c) {
  const auto findings = findings_of(c);
  BOOST_TEST((decide(findings) == c.verdict));
  const auto message = explain(findings, c.verdict);
  if (c.verdict == Verdict::proceed) {
    BOOST_TEST(message.view().empty());
  } else {
    BOOST_TEST(message.view().starts_with("asterism: boot refused: "));
    BOOST_TEST(is_one_line(message.view()));
  }
}

BOOST_AUTO_TEST_CASE(table_is_read) {
  BOOST_TEST(read_cases().size() > 40U);
}

BOOST_AUTO_TEST_CASE(nothing_known_is_no_permission) {
  BOOST_TEST((decide(Findings{}) == Verdict::variables_unreadable));
}

BOOST_AUTO_TEST_CASE(message_names_the_variable) {
  Findings findings;
  findings.access = VariableAccess::listed;
  findings.systemd_variable = "SystemdOptions-8cf2644b-4b0b-428f-9387-6d876050dc67";
  BOOST_TEST(explain(findings, Verdict::variable_set)
                 .view()
                 .contains("EFI variable SystemdOptions-8cf2644b-4b0b-428f-9387-6d876050dc67 is set by the platform"));
}

BOOST_AUTO_TEST_CASE(message_names_the_word) {
  Findings findings;
  findings.access = VariableAccess::no_efi;
  findings.expected = "ro quiet";
  findings.running = "ro init=/bin/sh quiet";
  BOOST_TEST(
      explain(findings, Verdict::command_line_differs).view().contains(": 'init=/bin/sh' does not belong there;"));
  findings.running = "ro";
  BOOST_TEST(explain(findings, Verdict::command_line_differs).view().contains(": it ends early;"));
}

BOOST_AUTO_TEST_CASE(message_is_bounded_and_harmless) {
  const std::string hostile = "\x1b[2J\x07" + std::string(5000, 'x');
  Findings findings;
  findings.access = VariableAccess::listed;
  findings.systemd_variable = hostile;
  findings.expected = "ro";
  findings.running = hostile;
  for (const auto verdict : {Verdict::variable_set, Verdict::command_line_differs}) {
    const auto message = explain(findings, verdict);
    BOOST_TEST(is_one_line(message.view()));
    BOOST_TEST(message.view().contains("?[2J?xxx"));
    BOOST_TEST(message.view().contains("x..."));
    BOOST_TEST(message.view().size() < 300U);
  }
}

BOOST_AUTO_TEST_CASE(text_that_is_full_takes_no_more) {
  BoundedText<4> text;
  text += "abc";
  text += "defg";
  text += "h";
  BOOST_TEST(text.view() == "abcd");
}
