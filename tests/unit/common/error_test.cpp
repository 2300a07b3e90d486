// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"

#include <cerrno>
#include <memory>

#include <boost/test/unit_test.hpp>

using asterism::Errc;
using asterism::Error;
using asterism::fail;
using asterism::Result;

namespace {

constexpr unsigned line_of_failure = __LINE__ + 2;
Result<int> half(int number) {
  if (number % 2 != 0) return fail(Errc::usage, "{} is odd", number);
  return number / 2;
}

Result<int> quarter(int number) {
  ASTERISM_TRY(const int first, half(number), "first half of {}", number);
  int second = 0;
  ASTERISM_TRY(second, half(first));
  return second;
}

Result<> even(int number) {
  ASTERISM_CHECK(half(number), "checking {}", number);
  return {};
}

Result<std::unique_ptr<int>> forward(Result<std::unique_ptr<int>> input) {
  ASTERISM_TRY(auto value, std::move(input));
  return value;
}

}  // namespace

BOOST_AUTO_TEST_CASE(try_gives_the_value) {
  BOOST_TEST(quarter(12).value() == 3);
}

BOOST_AUTO_TEST_CASE(try_puts_the_context_first_and_keeps_code_and_place) {
  const auto result = quarter(3);
  BOOST_REQUIRE(!result);
  BOOST_TEST(result.error().message() == "first half of 3: 3 is odd");
  BOOST_TEST((result.error().code() == Errc::usage));
  BOOST_TEST(result.error().where().line() == line_of_failure);
}

BOOST_AUTO_TEST_CASE(try_without_context_leaves_the_message) {
  const auto result = quarter(6);
  BOOST_REQUIRE(!result);
  BOOST_TEST(result.error().message() == "3 is odd");
}

BOOST_AUTO_TEST_CASE(check_needs_no_value) {
  BOOST_TEST(even(2).has_value());
  BOOST_TEST(even(5).error().message() == "checking 5: 5 is odd");
}

BOOST_AUTO_TEST_CASE(try_moves_what_cannot_be_copied) {
  BOOST_TEST(*forward(std::make_unique<int>(7)).value() == 7);
}

BOOST_AUTO_TEST_CASE(errno_values_map_to_what_the_caller_may_do) {
  const std::pair<int, Errc> rows[] = {{ENOENT, Errc::not_found},  {EEXIST, Errc::conflict},
                                       {ENXIO, Errc::unavailable}, {ENOSYS, Errc::unsupported},
                                       {EACCES, Errc::io},         {ENOSPC, Errc::io}};
  for (const auto& [number, code] : rows) {
    BOOST_TEST((Error::from_errno(number, "opening x").code() == code), number);
  }
  BOOST_TEST(Error::from_errno(ENOENT, "opening x").message() == "opening x: No such file or directory");
}

BOOST_AUTO_TEST_CASE(advice_replaces_nothing_else) {
  const Error error = Error{Errc::io, "m"}.advise("do y").within("c");
  BOOST_TEST(error.message() == "c: m");
  BOOST_TEST(error.advice() == "do y");
}

BOOST_AUTO_TEST_CASE(every_code_has_its_name) {
  BOOST_TEST(to_string(Errc::usage) == "usage");
  BOOST_TEST(to_string(Errc::unverified) == "unverified");
  BOOST_TEST(to_string(Errc::internal) == "internal");
}
