// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/lockfile.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "common/bytes.hpp"

namespace asterism::image_tool {
namespace {

constexpr std::string_view letters_and_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t columns = 9;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool consists_of(std::string_view text, std::string_view further) {
  return !text.empty() &&
         std::ranges::all_of(text, [&](char c) { return letters_and_digits.contains(c) || further.contains(c); });
}

bool is_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_path(std::string_view text) {
  return text.starts_with("pool/") && !text.contains("..") && consists_of(text, "+._~/-");
}

Result<LockedInput> parse_line(std::string_view line) {
  const auto part = split(line, ' ');
  if (part.size() != columns) return fail(Errc::corrupt, "expected nine columns, found {}", part.size());
  LockedInput input;
  if (part[0] != "deb" && part[0] != "source") return fail(Errc::corrupt, "unknown kind '{}'", printable(part[0]));
  input.kind = part[0] == "deb" ? LockedInput::Kind::deb : LockedInput::Kind::source;
  if (part[1] != "-") {
    constexpr std::string_view known[] = {"tools", "initrd", "image", "self"};
    for (const std::string_view set : split(part[1], ',')) {
      if (std::ranges::find(known, set) == std::end(known))
        return fail(Errc::corrupt, "unknown set '{}'", printable(set));
      input.sets.emplace_back(set);
    }
  }
  const std::string_view size = part[5];
  const auto [end, failed] = std::from_chars(size.data(), size.data() + size.size(), input.size_bytes);
  const bool good = failed == std::errc{} && end == size.data() + size.size() && input.size_bytes > 0 &&
                    consists_of(part[2], "+.:~-") && consists_of(part[3], "+.:~-") && consists_of(part[4], "+.:~-") &&
                    is_digest(part[6]) && (part[7] == "debian" || part[7] == "debian-security") && is_path(part[8]);
  if (!good) return fail(Errc::corrupt, "malformed entry for '{}'", printable(part[2]));
  input.name = part[2];
  input.version = part[3];
  input.architecture = part[4];
  input.sha256 = part[6];
  input.archive = part[7];
  input.path = part[8];
  return input;
}

}  // namespace

bool LockedInput::is_in(std::string_view set) const {
  return std::ranges::find(sets, set) != sets.end();
}

std::string_view LockedInput::file_name() const {
  return std::string_view{path}.substr(path.rfind('/') + 1);
}

Result<std::vector<LockedInput>> parse_lock(std::string_view text) {
  std::vector<LockedInput> inputs;
  std::set<std::string> paths;
  std::size_t number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    ASTERISM_TRY(LockedInput input, parse_line(line), "line {}", number);
    if (!paths.insert(input.path).second) {
      return fail(Errc::corrupt, "line {}: '{}' is listed twice", number, printable(input.path));
    }
    inputs.push_back(std::move(input));
  }
  return inputs;
}

std::string path_in_store(const std::string& store, const LockedInput& input) {
  return std::format("{}/{}/{}", store, input.sha256.substr(0, 2), input.sha256);
}

}  // namespace asterism::image_tool
