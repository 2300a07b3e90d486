// SPDX-License-Identifier: Apache-2.0
#include "boot-guard/decision.hpp"

#include <algorithm>

namespace asterism::boot_guard {
namespace {

constexpr std::string_view systemd_vendor = "-8cf2644b-4b0b-428f-9387-6d876050dc67";
constexpr std::size_t word_limit = 80;

// Not the locale's: the kernel's own parser splits at these (lib/cmdline.c, isspace).
constexpr std::string_view blanks = " \t\n\v\f\r";

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view next_word(std::string_view& rest) noexcept {
  rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
  const auto word = rest.substr(0, rest.find_first_of(blanks));
  rest.remove_prefix(word.size());
  return word;
}

}  // namespace

bool belongs_to_systemd(std::string_view file_name) noexcept {
  if (file_name.size() < systemd_vendor.size()) return false;
  const auto vendor = file_name.substr(file_name.size() - systemd_vendor.size());
  return std::ranges::equal(vendor, systemd_vendor, {}, lower);
}

std::optional<std::string_view> first_difference(std::string_view expected, std::string_view running) noexcept {
  for (;;) {
    const auto wanted = next_word(expected);
    const auto found = next_word(running);
    if (wanted != found) return found;
    if (wanted.empty()) return std::nullopt;
  }
}

Verdict decide(const Findings& findings) noexcept {
  if (findings.access == VariableAccess::unreadable) return Verdict::variables_unreadable;
  if (!findings.systemd_variable.empty()) return Verdict::variable_set;
  if (!findings.has_expected) return Verdict::proceed;
  if (!findings.expected || !findings.running) return Verdict::command_line_unreadable;
  return first_difference(*findings.expected, *findings.running) ? Verdict::command_line_differs : Verdict::proceed;
}

Message explain(const Findings& findings, Verdict verdict) noexcept {
  Message text;
  text += "asterism: boot refused: ";
  switch (verdict) {
    case Verdict::proceed:
      return {};
    case Verdict::no_service_manager:
      text += "the service manager cannot be started; the initramfs is damaged: install the image again";
      break;
    case Verdict::variables_unreadable:
      text +=
          "the EFI variables cannot be listed, so one could change the measured command line;"
          " look for errors of efivarfs above";
      break;
    case Verdict::variable_set:
      text += "EFI variable ";
      text.append_outside(findings.systemd_variable, word_limit);
      text +=
          " is set by the platform and could change the measured command line;"
          " delete it in the firmware's variable store and start again";
      break;
    case Verdict::command_line_unreadable:
      text += "the kernel command line cannot be compared with the measured one; install the image again";
      break;
    case Verdict::command_line_differs: {
      const auto word = first_difference(findings.expected.value_or(""), findings.running.value_or("")).value_or("");
      text += "the kernel command line is not the image's own: ";
      if (word.empty()) {
        text += "it ends early";
      } else {
        text += "'";
        text.append_outside(word, word_limit);
        text += "' does not belong there";
      }
      text += "; remove what the boot loader, an add-on or the platform's firmware changes";
      break;
    }
  }
  text += "\n";
  return text;
}

}  // namespace asterism::boot_guard
