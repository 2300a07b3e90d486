// SPDX-License-Identifier: Apache-2.0
#include "common/cli.hpp"

#include <stdexcept>

#include <CLI/CLI.hpp>
#include <boost/test/unit_test.hpp>

using namespace asterism;

BOOST_AUTO_TEST_CASE(exit_codes_never_change) {
  const std::pair<Errc, int> rows[] = {{Errc::usage, 2},       {Errc::not_found, 3},   {Errc::io, 4},
                                       {Errc::corrupt, 5},     {Errc::unverified, 6},  {Errc::conflict, 7},
                                       {Errc::unavailable, 8}, {Errc::unsupported, 9}, {Errc::internal, 70}};
  for (const auto& [code, number] : rows) {
    BOOST_TEST(exit_code(code) == number);
    BOOST_TEST(run_program("x", [&]() -> Result<> { return fail(code, "m"); }) == number);
  }
  BOOST_TEST(run_program("x", [] { return Result<>{}; }) == 0);
}

BOOST_AUTO_TEST_CASE(error_line_is_one_line_and_harmless) {
  const std::string line = error_line("prog", Error{Errc::corrupt, "bad \x1b[2J\nname"});
  BOOST_TEST(line == "prog: error: bad \\x1b[2J\\x0aname; fetch or build the file again");
  BOOST_TEST(error_line("prog", Error{Errc::io, "m"}.advise("do y")) == "prog: error: m; do y");
}

BOOST_AUTO_TEST_CASE(exceptions_end_at_the_edge) {
  BOOST_TEST(run_program("x", []() -> Result<> { throw std::runtime_error{"boom"}; }) == 70);
  BOOST_TEST(run_program("x", []() -> Result<> { throw std::bad_alloc{}; }) == 70);
  BOOST_TEST(run_program("x", []() -> Result<> { throw 1; }) == 70);
}

BOOST_AUTO_TEST_CASE(command_line_errors_are_usage) {
  CLI::App app{"test", "x"};
  int number = 0;
  app.add_option("--number", number);
  const char* good[] = {"x", "--number=3"};
  BOOST_TEST((parse_command_line(app, 2, good).value() == Parsed::run));
  BOOST_TEST(number == 3);
  const char* bad[] = {"x", "--number=three"};
  BOOST_TEST((parse_command_line(app, 2, bad).error().code() == Errc::usage));
  const char* unknown[] = {"x", "--nothing"};
  BOOST_TEST((parse_command_line(app, 2, unknown).error().code() == Errc::usage));
}

BOOST_AUTO_TEST_CASE(help_lists_every_exit_code) {
  const std::string help = exit_code_help();
  for (const auto* word : {"2   ", "9   ", "70  ", "not what was promised"})
    BOOST_TEST(help.contains(word), word);
}
