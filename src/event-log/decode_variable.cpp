// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "common/guid.hpp"
#include "event-log/decode.hpp"
#include "event-log/device_path.hpp"
#include "event-log/text.hpp"

namespace asterism::event_log {
namespace {

constexpr std::uint64_t name_at = 32;
constexpr std::string_view global_variable = "8be4df61-93ca-11d2-aa0d-00e098032b8c";

bool is_boot_option(std::string_view name) {
  return name.size() == 8 && name.starts_with("Boot") &&
         std::ranges::all_of(name.substr(4), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); });
}

std::string boot_order_text(const ByteView& data) {
  std::string text;
  for (std::uint64_t at = 0; at + 2 <= data.size(); at += 2)
    text += std::format("{}{:04X}", at == 0 ? "" : " ", data.u16(at, "boot order").value_or(0));
  return text;
}

/// EFI_LOAD_OPTION: attributes, length of the device path, description, device path, optional data.
Result<std::string> boot_option_text(const ByteView& data) {
  ASTERISM_TRY(const std::uint64_t path_size, data.u16(4, "boot option"));
  std::uint64_t at = 6;
  for (;; at += 2) {
    ASTERISM_TRY(const auto unit, data.u16(at, "boot option"));
    if (unit == 0) break;
  }
  ASTERISM_TRY(const auto path, data.sub(at + 2, path_size, "boot option"));
  ASTERISM_TRY(const auto text, device_path_text(path));
  return std::format("'{}' {}", utf16_text(data.bytes().subspan(6)), text);
}

/// The value in words where the meaning of the variable is known, else empty.
std::string value_text(const VariableFacts& facts) {
  const ByteView data{facts.data};
  if (facts.vendor != global_variable) return {};
  const bool is_flag = facts.name == "SecureBoot" || facts.name == "SetupMode" || facts.name == "AuditMode" ||
                       facts.name == "DeployedMode";
  if (is_flag && data.size() == 1) {
    const auto flag = std::to_integer<unsigned>(facts.data[0]);
    return flag == 0 ? "off" : flag == 1 ? "on" : std::format("{:#x}", flag);
  }
  if (facts.name == "BootOrder") return boot_order_text(data);
  if (is_boot_option(facts.name)) return boot_option_text(data).value_or("malformed");
  return {};
}

}  // namespace

Result<VariableFacts> decode_variable(const ByteView& data) {
  VariableFacts facts;
  ASTERISM_TRY(const auto vendor, Guid::read(data, 0, "variable's GUID"));
  facts.vendor = vendor.to_string();
  ASTERISM_TRY(const auto name_characters, data.u64(16, "length of the variable's name"));
  ASTERISM_TRY(const auto data_bytes, data.u64(24, "length of the variable's data"));
  // Both lengths are 64 bits wide: compare before multiplying or adding.
  const std::uint64_t room = data.size() - name_at;
  if (name_characters > room / 2 || data_bytes != room - 2 * name_characters) {
    return fail(Errc::corrupt, "a variable of {} characters and {} bytes in {} bytes of data", name_characters,
                data_bytes, data.size());
  }
  ASTERISM_TRY(const auto name, data.sub(name_at, 2 * name_characters, "variable's name"));
  ASTERISM_TRY(const auto value, data.sub(name_at + 2 * name_characters, data_bytes, "variable's data"));
  facts.name = utf16_text(name.bytes());
  facts.data = value.bytes();
  facts.value = value_text(facts);
  return facts;
}

}  // namespace asterism::event_log
