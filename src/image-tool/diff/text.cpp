// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>

#include "common/json.hpp"
#include "image-tool/diff/inspect.hpp"

namespace asterism::image_tool {
namespace {

constexpr std::size_t shown_bytes = 80;

std::string shown(std::string_view text) {
  return std::format("'{}'{}", printable(text.substr(0, shown_bytes)), text.size() > shown_bytes ? "…" : "");
}

std::string shown(const Json& json) {
  std::string text = json.to_text();
  while (text.ends_with('\n'))
    text.pop_back();
  std::ranges::replace(text, '\n', ' ');
  return shown(std::string_view{text});
}

/// Adds the first place where two values differ. @returns false if they are equal.
bool differs(const std::string& place, const std::string& path, const Json& a, const Json& b, Findings& findings) {
  if (a == b) return false;
  const auto* objects_a = a.get_if<Json::Object>();
  const auto* objects_b = b.get_if<Json::Object>();
  if (objects_a != nullptr && objects_b != nullptr) {
    for (const auto& [key, value] : *objects_a) {
      const auto other = objects_b->find(key);
      const std::string inside = std::format("{}.{}", path, printable(key));
      if (other == objects_b->end()) {
        findings.add(place, std::format("{} is only in the first", inside));
        return true;
      }
      if (differs(place, inside, value, other->second, findings)) return true;
    }
    for (const auto& [key, value] : *objects_b) {
      if (objects_a->contains(key)) continue;
      findings.add(place, std::format("{}.{} is only in the second", path, printable(key)));
      return true;
    }
  }
  const auto* arrays_a = a.get_if<Json::Array>();
  const auto* arrays_b = b.get_if<Json::Array>();
  if (arrays_a != nullptr && arrays_b != nullptr) {
    for (std::size_t i = 0; i < std::min(arrays_a->size(), arrays_b->size()); ++i) {
      if (differs(place, std::format("{}[{}]", path, i), (*arrays_a)[i], (*arrays_b)[i], findings)) return true;
    }
    findings.add(place, std::format("{} has {} / {} items", path, arrays_a->size(), arrays_b->size()));
    return true;
  }
  findings.add(place, std::format("{}: {} / {}", path, shown(a), shown(b)));
  return true;
}

}  // namespace

Result<> inspect_json(const std::string& place, Bytes a, Bytes b, const Inspection& inspection) {
  const JsonLimits limits{.text_bytes = std::size_t{32} << 20, .values = 2'000'000};
  ASTERISM_TRY(const Json left, parse_json(as_text(a), limits));
  ASTERISM_TRY(const Json right, parse_json(as_text(b), limits));
  if (!differs(place, "$", left, right, inspection.findings)) {
    inspection.findings.add(place, "the values are equal: spacing or order differs");
  }
  return {};
}

Result<> inspect_text(const std::string& place, Bytes a, Bytes b, const Inspection& inspection) {
  std::string_view left = as_text(a);
  std::string_view right = as_text(b);
  for (std::size_t number = 1;; ++number) {
    const std::string_view line_a = left.substr(0, left.find('\n'));
    const std::string_view line_b = right.substr(0, right.find('\n'));
    if (line_a != line_b) {
      inspection.findings.add(place, std::format("line {}: {} / {}", number, shown(line_a), shown(line_b)));
      return {};
    }
    if (line_a.size() == left.size() || line_b.size() == right.size()) break;
    left.remove_prefix(line_a.size() + 1);
    right.remove_prefix(line_b.size() + 1);
  }
  inspection.findings.add(place, "all lines are equal but for the end of the last one, or one has more of them");
  return {};
}

}  // namespace asterism::image_tool
