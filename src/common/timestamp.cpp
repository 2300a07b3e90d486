// SPDX-License-Identifier: Apache-2.0
#include "common/timestamp.hpp"

#include <algorithm>

#include "common/bytes.hpp"

namespace asterism {
namespace {

constexpr std::string_view form = "0000-00-00T00:00:00Z";

}  // namespace

std::string format_timestamp(Timestamp time) {
  return std::format("{:%FT%TZ}", time);
}

Result<Timestamp> parse_timestamp(std::string_view text) {
  const auto fits = [](char c, char wanted) { return wanted == '0' ? c >= '0' && c <= '9' : c == wanted; };
  if (!std::ranges::equal(text, form, fits)) {
    return fail(Errc::corrupt, "'{}' is no time such as 2027-01-31T23:59:59Z", excerpt(text));
  }
  const auto number = [&](std::size_t at, std::size_t digits) {
    unsigned value = 0;
    for (const char c : text.substr(at, digits))
      value = value * 10 + static_cast<unsigned>(c - '0');
    return value;
  };
  using std::chrono::month;
  using std::chrono::sys_days;
  using std::chrono::year;
  using std::chrono::year_month_day;
  const year_month_day day{year{static_cast<int>(number(0, 4))}, month{number(5, 2)}, std::chrono::day{number(8, 2)}};
  const unsigned hour = number(11, 2);
  const unsigned minute = number(14, 2);
  const unsigned second = number(17, 2);
  if (!day.ok() || day.year() < year{1970} || hour > 23 || minute > 59 || second > 59) {
    return fail(Errc::corrupt, "the time {} does not exist", text);
  }
  return sys_days{day} + std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
}

Timestamp current_time() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace asterism
