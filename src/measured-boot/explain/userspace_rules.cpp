// SPDX-License-Identifier: Apache-2.0
// What systemd measures once the kernel runs: PCR 9, 11, 15, and with newer versions others.
#include <algorithm>
#include <array>

#include "measured-boot/explain/rules.hpp"

namespace asterism::measured_boot::explain {
namespace {

using Answer = Result<std::optional<Cause>>;

constexpr std::array<std::string_view, 9> phase_words{"enter-initrd",
                                                      "leave-initrd",
                                                      "sysinit",
                                                      "ready",
                                                      "shutdown",
                                                      "final",
                                                      "factory-reset",
                                                      "storage-target-mode-start",
                                                      "storage-target-mode-stop"};

Answer phase_missing(const Case& one) {
  if (!one.expects(Part::phase)) return std::nullopt;
  if (one.observed() && part_of(*one.observed()) != Part::phase) return std::nullopt;
  return make_cause(CauseId::missing_phase, Part::phase, one.expected()->subject);
}

Answer phase_extra(const Case& one) {
  if (!one.observed() || !one.observed()->userspace || one.expected()) return std::nullopt;
  for (const std::string_view word : phase_words) {
    ASTERISM_TRY(const bool is_word, is_digest_of(*one.observed(), as_bytes(word)));
    if (is_word) return make_cause(CauseId::extra_phase, Part::phase, std::string{word});
  }
  return std::nullopt;
}

Answer os_separator(const Case& one) {
  if (one.expects(Part::os_separator)) return make_cause(CauseId::other_systemd_version, Part::os_separator);
  if (!one.observed() || !one.observed()->userspace) return std::nullopt;
  ASTERISM_TRY(const bool is_separator, is_digest_of(*one.observed(), as_bytes("os-separator")));
  if (!is_separator) return std::nullopt;
  return make_cause(CauseId::other_systemd_version, Part::os_separator);
}

Answer identity(const Case& one) {
  if (!one.observed() || !one.observed()->userspace || one.expected()) return std::nullopt;
  const std::string& kind = one.observed()->type_name;
  if (kind.contains("nvpcr")) return make_cause(CauseId::nvpcr_initialised, Part::identity);
  if (kind.contains("volume-key"))
    return make_cause(CauseId::volume_key_measured, Part::identity, {}, one.observed()->text);
  if (kind.contains("machine-id") || kind.contains("filesystem")) {
    return make_cause(CauseId::identity_measured, Part::identity, {}, one.observed()->text);
  }
  return std::nullopt;
}

constexpr std::array<Rule, 4> rules{phase_missing, phase_extra, os_separator, identity};

}  // namespace

std::span<const Rule> userspace_rules() noexcept {
  return rules;
}

}  // namespace asterism::measured_boot::explain
