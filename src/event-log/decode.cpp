// SPDX-License-Identifier: Apache-2.0
#include "event-log/decode.hpp"

#include <algorithm>

#include "common/guid.hpp"
#include "event-log/device_path.hpp"
#include "event-log/event_type.hpp"
#include "event-log/text.hpp"

namespace asterism::event_log {
namespace {

constexpr std::uint64_t tables_max = 1024;
constexpr std::uint64_t signature_bytes = 16;

Result<ImageFacts> decode_image(const ByteView& data, std::size_t uintn_bytes) {
  ImageFacts facts;
  ASTERISM_TRY(facts.address, data.u64(0, "image's address"));
  // Firmware of 32 bits: address u64, then UINTN length, u64 link address, UINTN length of the path.
  std::uint64_t at = 8;
  const auto uintn = [&]() -> Result<std::uint64_t> {
    at += uintn_bytes;
    if (uintn_bytes == 8) return data.u64(at - 8, "image load event");
    ASTERISM_TRY(const std::uint64_t value, data.u32(at - 4, "image load event"));
    return value;
  };
  ASTERISM_TRY(facts.size_bytes, uintn());
  ASTERISM_TRY(facts.link_address, uintn());
  ASTERISM_TRY(const auto path_size, uintn());
  ASTERISM_TRY(const auto path, data.sub(at, path_size, "image's device path"));
  ASTERISM_TRY(facts.path, device_path_text(path));
  return facts;
}

/// The text in front of newer structures: its length in a byte, then as many characters.
/// @returns how many bytes both take.
Result<std::uint64_t> decode_description(const ByteView& data, std::string& description, std::string_view what) {
  ASTERISM_TRY(const std::uint64_t size, data.u8(0, what));
  ASTERISM_TRY(const auto text, data.sub(1, size, what));
  description = narrow_text(text.bytes());
  return 1 + size;
}

Result<FirmwareBlobFacts> decode_blob(const ByteView& data, bool with_description) {
  FirmwareBlobFacts facts;
  std::uint64_t at = 0;
  if (with_description) {
    ASTERISM_TRY(at, decode_description(data, facts.description, "blob's description"));
  }
  ASTERISM_TRY(facts.address, data.u64(at, "blob's address"));
  ASTERISM_TRY(facts.size_bytes, data.u64(at + 8, "blob's length"));
  if (at + 16 != data.size()) return fail(Errc::corrupt, "{} bytes behind a firmware blob", data.size() - at - 16);
  return facts;
}

Result<HandoffFacts> decode_handoff(const ByteView& data, bool with_description) {
  HandoffFacts facts;
  std::uint64_t at = 0;
  if (with_description) {
    ASTERISM_TRY(at, decode_description(data, facts.description, "tables' description"));
  }
  ASTERISM_TRY(const auto count, data.u64(at, "number of tables"));
  if (count > tables_max) return fail(Errc::unsupported, "{} handoff tables (limit {})", count, tables_max);
  at += 8;
  for (std::uint64_t i = 0; i < count; ++i, at += 24) {
    ASTERISM_TRY(const auto guid, Guid::read(data, at, "handoff table's GUID"));
    ASTERISM_TRY(const auto address, data.u64(at + 16, "handoff table's address"));
    facts.tables.emplace_back(guid.to_string(), address);
  }
  return facts;
}

Result<TaggedFacts> decode_tagged(const ByteView& data) {
  TaggedFacts facts;
  ASTERISM_TRY(facts.id, data.u32(0, "tag"));
  ASTERISM_TRY(const std::uint64_t size, data.u32(4, "length of the tagged event"));
  ASTERISM_TRY(const auto content, data.sub(8, size, "tagged event"));
  if (8 + size != data.size()) return fail(Errc::corrupt, "{} bytes behind a tagged event", data.size() - 8 - size);
  facts.data = content.bytes();
  facts.text = guess_text(content.bytes());
  return facts;
}

Result<SeparatorFacts> decode_separator(const ByteView& data) {
  if (data.size() != 4) return fail(Errc::corrupt, "a separator of {} bytes", data.size());
  ASTERISM_TRY(const auto value, data.u32(0, "separator"));
  return SeparatorFacts{.value = value};
}

Result<Facts> decode_no_action(const ByteView& data) {
  constexpr std::string_view startup{"StartupLocality\0", 16};
  if (as_text(data.bytes()).starts_with(startup) && data.size() == signature_bytes + 1) {
    ASTERISM_TRY(const auto locality, data.u8(signature_bytes, "startup locality"));
    return Facts{StartupLocalityFacts{.locality = locality}};
  }
  const Bytes name = data.bytes().first(std::min<std::size_t>(data.size(), signature_bytes));
  return Facts{NoActionFacts{.signature = narrow_text(name), .size_bytes = data.size()}};
}

/// A Result of one kind of facts as a Result of any.
template <class T>
Result<Facts> any(Result<T> facts) {
  if (!facts) return std::unexpected{std::move(facts).error()};
  return Facts{*std::move(facts)};
}

Result<Facts> decode_data(std::uint32_t type, const ByteView& data, std::size_t uintn_bytes) {
  switch (type) {
    case event_type::no_action:
      return decode_no_action(data);
    case event_type::separator:
      return any(decode_separator(data));
    case event_type::s_crtm_contents:
    case event_type::post_code:
      // Text in some firmware, a blob in other.
      if (data.size() == 16 && !looks_like_utf16(data.bytes())) {
        return any(decode_blob(data, /* with_description= */ false));
      }
      return Facts{TextFacts{.text = guess_text(data.bytes())}};
    case event_type::action:
    case event_type::efi_action:
    case event_type::ipl:
    case event_type::ipl_partition_data:
    case event_type::s_crtm_version:
    case event_type::platform_config_flags:
    case event_type::nonhost_code:
    case event_type::nonhost_config:
    case event_type::nonhost_info:
    case event_type::omit_boot_device_events:
    case event_type::efi_hcrtm_event:
    case event_type::compact_hash:
      return Facts{TextFacts{.text = guess_text(data.bytes())}};
    case event_type::event_tag:
      return any(decode_tagged(data));
    case event_type::efi_variable_driver_config:
    case event_type::efi_variable_boot:
    case event_type::efi_variable_boot2:
    case event_type::efi_variable_authority:
      return any(decode_variable(data));
    case event_type::efi_boot_services_application:
    case event_type::efi_boot_services_driver:
    case event_type::efi_runtime_services_driver:
      return any(decode_image(data, uintn_bytes));
    case event_type::efi_gpt_event:
    case event_type::efi_gpt_event2:
      return any(decode_gpt(data));
    case event_type::efi_platform_firmware_blob:
      return any(decode_blob(data, /* with_description= */ false));
    case event_type::efi_platform_firmware_blob2:
    case event_type::post_code2:
      return any(decode_blob(data, /* with_description= */ true));
    case event_type::efi_handoff_tables:
      return any(decode_handoff(data, /* with_description= */ false));
    case event_type::efi_handoff_tables2:
      return any(decode_handoff(data, /* with_description= */ true));
    default:
      return Facts{OpaqueFacts{.size_bytes = data.size()}};
  }
}

}  // namespace

Facts decode(const LoggedEvent& event, std::size_t uintn_bytes) {
  auto facts = decode_data(event.type, ByteView{event.data}, uintn_bytes);
  if (!facts) return MalformedFacts{.reason = facts.error().message()};
  return *std::move(facts);
}

}  // namespace asterism::event_log
