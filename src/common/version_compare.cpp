// SPDX-License-Identifier: Apache-2.0
#include "common/version_compare.hpp"

#include <algorithm>

namespace asterism {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_separator(char c) {
  return c == '~' || c == '-' || c == '^' || c == '.';
}

void skip_other_characters(std::string_view& text) {
  const auto first = std::ranges::find_if(text, [](char c) { return is_digit(c) || is_letter(c) || is_separator(c); });
  text.remove_prefix(static_cast<std::size_t>(first - text.begin()));
}

/// Takes the leading characters that satisfy `wanted`.
template <class Wanted>
std::string_view take(std::string_view& text, Wanted wanted) {
  const auto end = std::ranges::find_if_not(text, wanted);
  const std::string_view taken = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(taken.size());
  return taken;
}

std::strong_ordering compare_numbers(std::string_view a, std::string_view b) {
  const auto drop_zeros = [](std::string_view n) { return n.substr(std::min(n.find_first_not_of('0'), n.size())); };
  a = drop_zeros(a);
  b = drop_zeros(b);
  if (const auto order = a.size() <=> b.size(); order != 0) return order;
  return a <=> b;
}

/// A separator that only one side has makes that side the older one; what both have is stepped over.
std::strong_ordering compare_separator(std::string_view& a, std::string_view& b, char separator) {
  const bool in_a = a.starts_with(separator);
  const bool in_b = b.starts_with(separator);
  if (in_a && in_b) {
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  return in_b <=> in_a;
}

/// A run of digits or of letters on each side; a number is newer than anything else.
std::strong_ordering compare_segment(std::string_view& a, std::string_view& b) {
  const std::string_view number_a = take(a, is_digit);
  const std::string_view number_b = take(b, is_digit);
  if (!number_a.empty() || !number_b.empty()) {
    if (const auto order = !number_a.empty() <=> !number_b.empty(); order != 0) return order;
    return compare_numbers(number_a, number_b);
  }
  return take(a, is_letter) <=> take(b, is_letter);
}

}  // namespace

std::strong_ordering compare_versions(std::string_view a, std::string_view b) {
  for (;;) {
    skip_other_characters(a);
    skip_other_characters(b);
    if (const auto order = compare_separator(a, b, '~'); order != 0) return order;
    // Only '~' makes the longer version the older one.
    if (a.empty() || b.empty()) return !a.empty() <=> !b.empty();
    for (const char separator : {'-', '^', '.'}) {
      if (const auto order = compare_separator(a, b, separator); order != 0) return order;
    }
    if (const auto order = compare_segment(a, b); order != 0) return order;
  }
}

}  // namespace asterism
