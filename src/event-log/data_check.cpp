// SPDX-License-Identifier: Apache-2.0
#include "event-log/data_check.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "event-log/decode.hpp"
#include "event-log/event_type.hpp"
#include "event-log/text.hpp"

namespace asterism::event_log {
namespace {

/// What the digest of a type covers.
enum class Rule : std::uint8_t { data, variable, anything, nothing };

constexpr std::array<std::string_view, 2> grub_prefixes{"grub_cmd: ", "kernel_cmdline: "};

Rule rule_of(std::uint32_t type) {
  switch (type) {
    case event_type::no_action:
      return Rule::nothing;
    case event_type::separator:
    case event_type::action:
    case event_type::efi_action:
    case event_type::s_crtm_version:
    case event_type::efi_gpt_event:
    case event_type::efi_variable_driver_config:
    case event_type::efi_variable_authority:
    case event_type::efi_spdm_device_policy:
    case event_type::efi_spdm_device_authority:
    case event_type::omit_boot_device_events:
      return Rule::data;
    case event_type::efi_variable_boot:
    case event_type::efi_variable_boot2:
      return Rule::variable;
    default:
      return Rule::anything;
  }
}

/// Everything that the digest could be of, the likeliest first.
std::vector<std::vector<std::byte>> candidates(const LoggedEvent& event, Rule rule) {
  std::vector<std::vector<std::byte>> result;
  const auto add = [&](Bytes bytes) { result.emplace_back(bytes.begin(), bytes.end()); };
  add(event.data);
  if (rule == Rule::variable) {
    if (const auto variable = decode_variable(ByteView{event.data})) add(variable->data);
  }
  if (rule != Rule::anything) return result;
  if (!event.data.empty() && event.data.back() == std::byte{0}) add(event.data.first(event.data.size() - 1));
  if (event.type == event_type::ipl) {
    for (const std::string_view prefix : grub_prefixes) {  // GRUB measures what stands behind it, without the NUL
      const std::string_view text = as_text(event.data);
      if (!text.starts_with(prefix)) continue;
      add(as_bytes(text.substr(prefix.size(), std::min(text.find('\0'), text.size()) - prefix.size())));
    }
  }
  if (event.type == event_type::event_tag && event.data.size() > 8) add(event.data.subspan(8));
  if (event.type == event_type::ipl && looks_like_utf16(event.data)) {
    const std::string name = utf16_text(event.data);  // systemd-stub: digest of the name in ASCII with its NUL
    if (name.size() <= 8) add(as_bytes(std::string_view{name.c_str(), name.size() + 1}));
  }
  return result;
}

Result<bool> fits_all_banks(const LoggedEvent& event, Bytes content) {
  for (const HashAlgorithm bank : hash_algorithms) {
    const LoggedDigest* logged = event.digest(algorithm_id(bank));
    if (!logged) continue;
    ASTERISM_TRY(const auto computed, hash(bank, content));
    if (!std::ranges::equal(computed.bytes(), logged->bytes)) return false;
  }
  return true;
}

}  // namespace

std::string_view to_string(DataCheck check) noexcept {
  switch (check) {
    case DataCheck::agrees:
      return "agrees";
    case DataCheck::contradicts:
      return "contradicts";
    case DataCheck::not_in_log:
      return "not-in-log";
    case DataCheck::not_extended:
      return "not-extended";
    case DataCheck::unchecked:
      return "unchecked";
  }
  return "unchecked";
}

Result<DataCheck> check_data(const LoggedEvent& event) {
  const Rule rule = rule_of(event.type);
  if (rule == Rule::nothing) return DataCheck::not_extended;
  if (!event.digest(algorithm_sha256) && !event.digest(algorithm_sha384)) return DataCheck::unchecked;
  for (const auto& candidate : candidates(event, rule)) {
    ASTERISM_TRY(const bool fits, fits_all_banks(event, candidate));
    if (fits) return DataCheck::agrees;
  }
  return rule == Rule::anything ? DataCheck::not_in_log : DataCheck::contradicts;
}

Result<Digest> digest_of(const LoggedEvent& event, HashAlgorithm bank) {
  const LoggedDigest* logged = event.digest(algorithm_id(bank));
  if (!logged) {
    return fail(Errc::not_found, "the event at offset {:#x} has no {} digest", event.offset, to_string(bank));
  }
  return Digest::from_bytes(bank, logged->bytes);
}

}  // namespace asterism::event_log
