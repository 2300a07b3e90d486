// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/copyright_file.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace asterism::image_tool {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

/// Field name in lower case -> value: the first line trimmed, further ones without their first blank, " ." as empty.
using Paragraph = std::map<std::string, std::string>;

/// A name that may stand before the colon of a field.
bool is_field_name(std::string_view name) {
  return !name.empty() && name.front() != '-' && name.front() != '#' &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f' && c != ':'; });
}

/// nullopt past the limit.
std::optional<std::vector<Paragraph>> paragraphs_of(std::string_view text) {
  std::vector<Paragraph> paragraphs;
  Paragraph current;
  std::string* value = nullptr;
  const auto end_paragraph = [&] {
    if (!current.empty()) paragraphs.push_back(std::move(current));
    current.clear();
    value = nullptr;
  };
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (trimmed(line).empty()) {
      end_paragraph();
      if (paragraphs.size() > copyright_maximum_paragraphs) return std::nullopt;
    } else if (line.front() == ' ' || line.front() == '\t') {
      if (value == nullptr) continue;
      const std::string_view content = line.substr(1);
      *value += '\n';
      if (trimmed(content) != ".") *value += content.substr(0, content.find_last_not_of(blanks) + 1);
    } else if (const std::size_t colon = line.find(':');
               colon != std::string_view::npos && is_field_name(line.substr(0, colon))) {
      value = &current[lower(line.substr(0, colon))];
      *value = trimmed(line.substr(colon + 1));
    } else {
      value = nullptr;  // not a field: a comment, or prose
    }
  }
  end_paragraph();
  return paragraphs;
}

/// One blank where there were several, as names are compared as text.
std::string single_spaced(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank) result += c;
    if (blank && !result.empty() && result.back() != ' ') result += ' ';
  }
  return result;
}

}  // namespace

CopyrightFile parse_copyright_file(std::string_view text) {
  const auto paragraphs = paragraphs_of(text);
  if (!paragraphs || paragraphs->empty()) return {};
  const Paragraph& header = paragraphs->front();
  const auto format = header.find("format");
  if (format == header.end() || !format->second.contains("copyright-format")) return {};
  CopyrightFile file{.is_machine_readable = true, .licences = {}, .texts = {}};
  for (const Paragraph& paragraph : *paragraphs) {
    const auto field = paragraph.find("license");
    if (field == paragraph.end()) continue;
    std::string_view value = field->second;
    // Some put the short name below the field's name instead of behind it.
    if (value.starts_with('\n')) value = value.substr(value.find_first_not_of("\n \t"));
    const std::size_t end = value.find('\n');
    const std::string name = single_spaced(trimmed(value.substr(0, end)));
    if (name.empty()) continue;
    if (end != std::string_view::npos) file.texts.try_emplace(name, value.substr(end + 1));
    const bool stands_alone = !paragraph.contains("files") && &paragraph != &header;
    if (!stands_alone) file.licences.insert(name);
    if (file.licences.size() > copyright_maximum_licences) return {};
  }
  if (file.licences.empty()) return {};
  return file;
}

}  // namespace asterism::image_tool
