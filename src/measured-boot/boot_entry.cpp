// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/boot_entry.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include <fnmatch.h>

#include "common/bytes.hpp"
#include "common/version_compare.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::string_view suffix = ".efi";
constexpr std::string_view white_space = " \t\r";

std::string lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

/// Takes a decimal number off the front. @returns nothing if there is none or it does not fit an int of the loader.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || number > 0x7fffffff) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  return number;
}

void parse_boot_counter(BootEntry& entry) {
  entry.id = lower(entry.file_name);
  const auto plus = entry.id.rfind('+');
  if (plus == std::string::npos) return;
  std::string_view rest = std::string_view{entry.id}.substr(plus + 1);
  const auto left = take_number(rest);
  if (!left) return;
  std::optional<std::uint32_t> done = 0;
  if (rest.starts_with('-')) {
    rest.remove_prefix(1);
    done = take_number(rest);
  }
  if (!done || rest != suffix) return;
  entry.tries_left = *left;
  entry.tries_done = *done;
  entry.id = entry.id.substr(0, plus) + std::string{suffix};
}

std::map<std::string, std::string, std::less<>> parse_os_release(std::string_view text) {
  std::map<std::string, std::string, std::less<>> values;
  text = text.substr(0, text.find('\0'));
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    std::string_view value = line.substr(equals + 1);
    const bool quoted = value.size() >= 2 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0];
    if (quoted) value = value.substr(1, value.size() - 2);
    values[std::string{line.substr(0, equals)}] = value;
  }
  return values;
}

/// Whether `a` comes before `b` in the menu.
std::strong_ordering menu_order(const BootEntry& a, const BootEntry& b) {
  const auto used_up = [](const BootEntry& entry) { return entry.tries_left == 0U; };
  if (const auto order = used_up(a) <=> used_up(b); order != 0) return order;
  if (const auto order = a.sort_key.empty() <=> b.sort_key.empty(); order != 0) return order;
  if (!a.sort_key.empty()) {
    if (const auto order = a.sort_key <=> b.sort_key; order != 0) return order;
    if (const auto order = compare_versions(b.version, a.version); order != 0) return order;
  }
  if (const auto order = compare_versions(b.id, a.id); order != 0) return order;
  if (!a.tries_left || !b.tries_left) return std::strong_ordering::equal;
  if (const auto order = *b.tries_left <=> *a.tries_left; order != 0) return order;
  return a.tries_done <=> b.tries_done;
}

}  // namespace

std::optional<BootEntry> make_boot_entry(std::string_view file_name, std::string_view os_release) {
  const std::string folded = lower(file_name);
  if (folded.starts_with('.') || folded.starts_with("auto-") || !folded.ends_with(suffix)) return std::nullopt;
  const auto values = parse_os_release(os_release);
  const auto first_of = [&](std::initializer_list<std::string_view> keys) -> std::string {
    for (const std::string_view key : keys) {
      if (const auto found = values.find(key); found != values.end()) return found->second;
    }
    return {};
  };
  if (first_of({"PRETTY_NAME", "IMAGE_ID", "NAME", "ID"}).empty()) return std::nullopt;
  BootEntry entry;
  entry.file_name = file_name;
  entry.sort_key = first_of({"IMAGE_ID", "ID"});
  entry.version = first_of({"IMAGE_VERSION", "VERSION", "VERSION_ID", "BUILD_ID"});
  parse_boot_counter(entry);
  return entry;
}

Result<BootEntry> choose_boot_entry(std::vector<BootEntry> entries, std::string_view default_pattern) {
  if (entries.empty()) return fail(Errc::not_found, "no UKI below EFI/Linux that systemd-boot would list");
  std::ranges::stable_sort(entries, [](const BootEntry& a, const BootEntry& b) { return menu_order(a, b) < 0; });
  if (!default_pattern.empty() && !default_pattern.starts_with('@')) {
    const std::string pattern = lower(default_pattern);
    for (const BootEntry& entry : entries) {
      if (::fnmatch(pattern.c_str(), entry.id.c_str(), 0) == 0) return entry;
    }
  }
  if (entries.size() > 1 && menu_order(entries[0], entries[1]) == 0) {
    return std::unexpected{
        Error{Errc::conflict, std::format("systemd-boot orders '{}' and '{}' alike", printable(entries[0].file_name),
                                          printable(entries[1].file_name))}
            .advise("name the one to boot with --uki")};
  }
  return entries.front();
}

std::string loader_conf_value(std::string_view text, std::string_view key) {
  std::string value;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto space = line.find_first_of(white_space);
    if (line.starts_with('#') || space == std::string_view::npos) continue;
    if (line.substr(0, space) == key) value = trim(line.substr(space));
  }
  return value;
}

}  // namespace asterism::measured_boot
