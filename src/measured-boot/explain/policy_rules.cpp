// SPDX-License-Identifier: Apache-2.0
// Secure Boot: PCR 7, and what it holds in RTMR 0.
#include <array>

#include "measured-boot/explain/rules.hpp"

namespace asterism::measured_boot::explain {
namespace {

using Answer = Result<std::optional<Cause>>;

Answer state_changed(const Case& one) {
  if (!one.expects(Part::secure_boot_state)) return std::nullopt;
  ASTERISM_TRY(const auto state, observed_secure_boot(one.boot));
  if (!state) return make_cause(CauseId::unknown, Part::secure_boot_state);
  const CauseId id = *state == SecureBoot::on    ? CauseId::secure_boot_on
                     : *state == SecureBoot::off ? CauseId::secure_boot_off
                                                 : CauseId::secure_boot_absent;
  return make_cause(id, Part::secure_boot_state);
}

Answer key_changed(const Case& one) {
  if (!one.expects(Part::secure_boot_key)) return std::nullopt;
  if (one.difference.kind == DifferenceKind::value) {
    return make_cause(CauseId::secure_boot_variables_changed, Part::secure_boot_key);
  }
  const std::string& name = one.expected()->subject;
  const CauseId id = name == "PK"    ? CauseId::pk_changed
                     : name == "KEK" ? CauseId::kek_changed
                     : name == "db"  ? CauseId::db_changed
                                     : CauseId::dbx_changed;
  std::string detail;
  if (one.observed() && part_of(*one.observed()) == Part::secure_boot_key) detail = one.observed()->text;
  return make_cause(id, Part::secure_boot_key, name, detail);
}

/// An authority differs also where Secure Boot itself is off: then there is none.
Answer authority_changed(const Case& one) {
  const bool expected = one.expects(Part::authority);
  if (!expected && !one.observes(Part::authority)) return std::nullopt;
  if (one.difference.kind == DifferenceKind::value) {
    return make_cause(CauseId::secure_boot_variables_changed, Part::authority);
  }
  if (!one.observed()) return make_cause(CauseId::missing_authority, Part::authority);
  if (!expected) return make_cause(CauseId::extra_authority, Part::authority, {}, one.observed()->text);
  return make_cause(CauseId::other_authority, Part::authority, {}, one.observed()->text);
}

constexpr std::array<Rule, 3> rules{state_changed, key_changed, authority_changed};

}  // namespace

std::span<const Rule> policy_rules() noexcept {
  return rules;
}

}  // namespace asterism::measured_boot::explain
