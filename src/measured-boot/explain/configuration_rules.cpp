// SPDX-License-Identifier: Apache-2.0
// What boot loader and stub take from beside the UKI: PCR 12, 13 and 14, RTMR 2. What an event is of, only its data
// says: the sentences say that it is the log's word.
#include <array>

#include "efi/utf16.hpp"
#include "event-log/event_type.hpp"
#include "measured-boot/explain/rules.hpp"

namespace asterism::measured_boot::explain {
namespace {

using Answer = Result<std::optional<Cause>>;

/// An event that nobody expected, of the kind that the stub makes of things beside the UKI.
const ObservedEvent* unexpected_configuration(const Case& one) {
  if (!one.observed() || one.expected()) return nullptr;
  const Part part = part_of(*one.observed());
  const bool fits = part == Part::boot_configuration || part == Part::profile || part == Part::initrd;
  return fits ? one.observed() : nullptr;
}

Answer tag(const Case& one) {
  const ObservedEvent* event = unexpected_configuration(one);
  if (!event) return std::nullopt;
  const auto* tagged = std::get_if<event_log::TaggedFacts>(&event->facts);
  if (!tagged) return std::nullopt;
  switch (tagged->id) {
    case tag_profile:
      return make_cause(CauseId::other_profile, Part::profile, {}, std::format("number {}", tagged->text));
    case tag_devicetree_addon:
      return make_cause(CauseId::addon_loaded, Part::boot_configuration, {}, "a device tree");
    case tag_ucode_addon:
      return make_cause(CauseId::addon_loaded, Part::boot_configuration, {}, "microcode");
    case tag_initrd_addon:
      return make_cause(CauseId::addon_loaded, Part::boot_configuration, {}, "an initrd");
    default:
      return std::nullopt;
  }
}

Answer archive(const Case& one) {
  const ObservedEvent* event = unexpected_configuration(one);
  if (!event) return std::nullopt;
  constexpr struct {
    std::string_view text;
    CauseId cause;
    Part part;
  } rows[] = {{"redentials initrd", CauseId::credentials_passed, Part::boot_configuration},
              {"ystem extension initrd", CauseId::system_extension, Part::system_extension},
              {"onfiguration extension initrd", CauseId::configuration_extension, Part::boot_configuration}};
  for (const auto& row : rows) {
    if (event->text.contains(row.text)) return make_cause(row.cause, row.part);
  }
  return std::nullopt;
}

bool is_profile_number(std::string_view text) {
  return text.size() > 1 && text.starts_with('@') && text.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

Answer options(const Case& one) {
  const ObservedEvent* event = unexpected_configuration(one);
  if (!event || event->type != event_log::event_type::ipl) return std::nullopt;
  const auto* text = std::get_if<event_log::TextFacts>(&event->facts);
  if (!text) return std::nullopt;
  if (is_profile_number(text->text)) {
    return make_cause(CauseId::other_profile, Part::profile, {}, std::format("options '{}'", text->text));
  }
  const ObservedEvent* command_line = one.boot.changed(Part::command_line);
  if (!command_line) return make_cause(CauseId::boot_options_passed, Part::boot_configuration, {}, event->text);
  const std::u16string expected = efi::utf8_to_ucs2(one.boot.expectation->command_line);
  std::u16string wide;
  for (const char c : text->text)
    wide += static_cast<unsigned char>(c);
  ASTERISM_TRY(const bool replaced, is_digest_of(*command_line, efi::utf16_bytes(wide, true)));
  if (replaced) return make_cause(CauseId::command_line_replaced, Part::command_line, {}, event->text);
  ASTERISM_TRY(const bool appended, is_digest_of(*command_line, efi::utf16_bytes(expected + u" " + wide, true)));
  if (!appended) return make_cause(CauseId::boot_options_passed, Part::boot_configuration, {}, event->text);
  for (const ObservedEvent* other : one.boot.unexpected()) {
    if (other->type == event_log::event_type::efi_boot_services_application) {
      return make_cause(CauseId::addon_loaded, Part::boot_configuration, {}, std::format("it appends {}", event->text));
    }
  }
  return make_cause(CauseId::command_line_appended, Part::command_line, {}, event->text);
}

Answer shim(const Case& one) {
  if (!one.observed() || !one.observed()->text.contains("MokList")) return std::nullopt;
  return make_cause(CauseId::shim_in_chain, Part::boot_loader);
}

constexpr std::array<Rule, 4> rules{tag, archive, shim, options};

}  // namespace

std::span<const Rule> configuration_rules() noexcept {
  return rules;
}

}  // namespace asterism::measured_boot::explain
