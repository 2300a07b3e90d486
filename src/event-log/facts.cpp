// SPDX-License-Identifier: Apache-2.0
#include "event-log/facts.hpp"

#include <format>

namespace asterism::event_log {
namespace {

constexpr std::size_t line_characters_max = 300;
constexpr std::size_t listed_max = 8;

std::string text_of(const VariableFacts& facts) {
  if (facts.data.empty()) return std::format("{} is empty or absent", facts.name);
  if (!facts.value.empty()) return std::format("{} = {}", facts.name, facts.value);
  return std::format("{}, {} bytes", facts.name, facts.data.size());
}

std::string text_of(const ImageFacts& facts) {
  return std::format("{}, {} bytes", facts.path.empty() ? "image without a path" : facts.path, facts.size_bytes);
}

std::string text_of(const GptFacts& facts) {
  std::string text = std::format("disk {}, {} partitions", facts.disk, facts.partitions.size());
  for (std::size_t i = 0; i < facts.partitions.size() && i < listed_max; ++i)
    text += std::format("{}{}", i == 0 ? ": " : ", ", facts.partitions[i].label);
  return text;
}

std::string text_of(const SeparatorFacts& facts) {
  return facts.is_error() ? std::format("error, value {:#010x}", facts.value)
                          : std::format("value {:#010x}", facts.value);
}

std::string text_of(const TextFacts& facts) {
  return std::format("'{}'", facts.text);
}

std::string text_of(const TaggedFacts& facts) {
  return std::format("tag {:#010x}, '{}'", facts.id, facts.text);
}

std::string text_of(const FirmwareBlobFacts& facts) {
  return std::format("{}{} bytes at {:#x}", facts.description.empty() ? "" : facts.description + ", ", facts.size_bytes,
                     facts.address);
}

std::string text_of(const HandoffFacts& facts) {
  std::string text = facts.description.empty() ? std::string{} : facts.description + ", ";
  text += std::format("{} tables", facts.tables.size());
  for (std::size_t i = 0; i < facts.tables.size() && i < listed_max; ++i)
    text += std::format("{}{}", i == 0 ? ": " : ", ", facts.tables[i].first);
  return text;
}

std::string text_of(const StartupLocalityFacts& facts) {
  return std::format("startup locality {}", facts.locality);
}

std::string text_of(const NoActionFacts& facts) {
  return std::format("'{}', {} bytes", facts.signature, facts.size_bytes);
}

std::string text_of(const OpaqueFacts& facts) {
  return std::format("{} bytes", facts.size_bytes);
}

std::string text_of(const MalformedFacts& facts) {
  return std::format("malformed: {}", facts.reason);
}

}  // namespace

std::string to_text(const Facts& facts) {
  std::string text = std::visit([](const auto& one) { return text_of(one); }, facts);
  if (text.size() > line_characters_max) {
    text.resize(line_characters_max);
    text += "...";
  }
  return text;
}

}  // namespace asterism::event_log
