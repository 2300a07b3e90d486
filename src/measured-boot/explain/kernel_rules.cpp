// SPDX-License-Identifier: Apache-2.0
// Sections of the UKI, command line and initrd as the kernel got them: PCR 9 and 11, RTMR 2.
#include <algorithm>
#include <array>

#include "efi/utf16.hpp"
#include "measured-boot/explain/rules.hpp"

namespace asterism::measured_boot::explain {
namespace {

using Answer = Result<std::optional<Cause>>;

constexpr std::size_t options_bytes_max = 16'384;
constexpr std::string_view console_options[] = {"console=hvc0", "console=ttyS0", "console=ttyS0,115200n8"};

struct SectionCause {
  std::string_view section;
  CauseId cause;
};
constexpr std::array section_causes{
    SectionCause{".linux", CauseId::other_kernel},         SectionCause{".initrd", CauseId::other_initrd},
    SectionCause{".cmdline", CauseId::other_command_line}, SectionCause{".osrel", CauseId::other_os_release},
    SectionCause{".ucode", CauseId::other_microcode},      SectionCause{".pcrpkey", CauseId::other_policy_key},
    SectionCause{".profile", CauseId::other_profile},
};

/// A profile other than the first replaces sections and tells so, in PCR 12 and in its own section.
Answer chosen_profile(const Case& one) {
  const bool concerned = one.expects(Part::section) || one.expects(Part::command_line) || one.expects(Part::initrd);
  if (!concerned) return std::nullopt;
  const bool told = std::ranges::any_of(one.boot.unexpected(),
                                        [](const ObservedEvent* event) { return part_of(*event) == Part::profile; });
  if (!told || !std::ranges::contains(one.boot.changed_sections(), ".profile")) return std::nullopt;
  return make_cause(CauseId::other_profile, Part::profile);
}

Answer section_content(const Case& one) {
  if (!one.expects(Part::section) || !one.observed()) return std::nullopt;
  const std::string& name = one.expected()->subject;
  const auto* const found = std::ranges::find(section_causes, name, &SectionCause::section);
  return make_cause(found == section_causes.end() ? CauseId::other_section : found->cause, Part::section, name);
}

Answer section_set(const Case& one) {
  if ((one.expects(Part::section_name) || one.expects(Part::section)) && !one.observed()) {
    return make_cause(CauseId::section_missing, Part::section, one.expected()->subject);
  }
  if (!one.observes(Part::section)) return std::nullopt;
  const std::string name = subject_of(*one.observed());
  if (one.expects(Part::section_name)) {
    // Two names in one place: what stands there instead of the expected one.
    return make_cause(CauseId::section_missing, Part::section, one.expected()->subject,
                      std::format("{} stands in its place", name));
  }
  if (one.expected()) return std::nullopt;
  return make_cause(name == ".profile" ? CauseId::other_profile : CauseId::section_added, Part::section, name);
}

/// Text that the stub or the boot loader measured as boot options: an EV_IPL in UTF-16, with its NUL.
std::vector<std::u16string> options_in_log(const BootView& boot) {
  std::vector<std::u16string> texts;
  for (const ObservedEvent* event : boot.unexpected()) {
    const Part part = part_of(*event);
    if (part != Part::boot_configuration || event->data.size() % 2 != 0 || event->data.size() > options_bytes_max)
      continue;
    std::u16string text;
    for (std::size_t i = 0; i + 1 < event->data.size(); i += 2) {
      const auto unit =
          std::to_integer<unsigned>(event->data[i]) | (std::to_integer<unsigned>(event->data[i + 1]) << 8U);
      if (unit == 0) break;
      text += static_cast<char16_t>(unit);
    }
    if (!text.empty()) texts.push_back(std::move(text));
  }
  return texts;
}

Result<bool> is_command_line(const ObservedEvent& event, const std::u16string& text) {
  return is_digest_of(event, efi::utf16_bytes(text, /* with_nul= */ true));
}

/// What became of the command line, proved by the digest that the kernel's own event has.
Answer command_line_proved(const Case& one, const ObservedEvent& event) {
  const std::u16string expected = efi::utf8_to_ucs2(one.boot.expectation->command_line);
  for (const std::u16string& text : options_in_log(one.boot)) {
    const std::string words = std::format("'{}'", printable(efi::utf16_to_utf8(text)));
    ASTERISM_TRY(const bool appended, is_command_line(event, expected + u" " + text));
    if (appended) return make_cause(CauseId::command_line_appended, Part::command_line, {}, words);
    ASTERISM_TRY(const bool replaced, is_command_line(event, text));
    if (replaced) return make_cause(CauseId::command_line_replaced, Part::command_line, {}, words);
  }
  for (const std::string_view option : console_options) {
    ASTERISM_TRY(const bool appended, is_command_line(event, expected + u" " + efi::utf8_to_ucs2(option)));
    if (appended)
      return make_cause(CauseId::command_line_appended, Part::command_line, {}, std::format("'{}'", option));
  }
  return std::nullopt;
}

Answer command_line(const Case& one) {
  if (!one.expects(Part::command_line) || !one.observed()) return std::nullopt;
  ASTERISM_TRY(auto proved, command_line_proved(one, *one.observed()));
  if (proved) return proved;
  if (one.boot.changed(Part::section, ".cmdline")) {
    return make_cause(CauseId::other_command_line, Part::command_line, {}, "it is the UKI's own, and that is another");
  }
  if (one.boot.has_unexpected_configuration()) {
    return make_cause(CauseId::boot_options_passed, Part::command_line, {}, "the log does not show all of them");
  }
  return make_cause(CauseId::other_command_line, Part::command_line);
}

Answer initrd(const Case& one) {
  if (!one.expects(Part::initrd)) return std::nullopt;
  if (!one.observed()) return make_cause(CauseId::section_missing, Part::initrd, {}, "the kernel got no initrd");
  for (const std::string& name : one.boot.changed_sections()) {
    if (name == ".initrd") return make_cause(CauseId::other_initrd, Part::initrd);
  }
  for (const std::string& name : one.boot.changed_sections()) {
    if (name == ".osrel" || name == ".ucode" || name == ".profile" || name == ".pcrpkey") {
      return make_cause(CauseId::initrd_extended, Part::initrd, {}, std::format("section {} is packed into it", name));
    }
  }
  for (const ObservedEvent* event : one.boot.unexpected()) {
    if (event->text.contains("redentials initrd")) return make_cause(CauseId::credentials_passed, Part::initrd);
    if (event->text.contains("ystem extension initrd")) return make_cause(CauseId::system_extension, Part::initrd);
    if (event->text.contains("onfiguration extension initrd")) {
      return make_cause(CauseId::configuration_extension, Part::initrd);
    }
  }
  return make_cause(CauseId::initrd_extended, Part::initrd);
}

Answer nothing_for_the_kernel(const Case& one) {
  if (!one.expects(Part::command_line) || one.observed()) return std::nullopt;
  return make_cause(CauseId::other_command_line, Part::command_line, {}, "the kernel got none, or did not measure it");
}

constexpr std::array<Rule, 6> rules{chosen_profile, section_content, section_set,
                                    command_line,   initrd,          nothing_for_the_kernel};

}  // namespace

std::span<const Rule> kernel_rules() noexcept {
  return rules;
}

}  // namespace asterism::measured_boot::explain
