// SPDX-License-Identifier: Apache-2.0
#include "join/name_policy.hpp"

#include <algorithm>

namespace asterism::join {

bool matches(const NameRule& rule, std::string_view name) noexcept {
  const std::string_view pattern = rule.pattern;
  if (!pattern.ends_with('*')) return name == pattern;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

Result<std::string> allowed_owner(const std::vector<NameRule>& rules, std::string_view name,
                                  const std::set<std::string>& identities, std::string_view owner) {
  const auto rule = std::ranges::find_if(rules, [&](const NameRule& r) { return matches(r, name); });
  if (rule == rules.end()) return fail(Errc::unverified, "no rule allows the name '{}'", name);
  if (identities.empty()) return fail(Errc::unverified, "the evidence gives this machine no identity");
  if (!owner.empty() && !identities.contains(std::string{owner})) {
    return fail(Errc::unverified, "the name '{}' belongs to {}", name, owner);
  }
  if (!rule->first_come) {
    const auto known = std::ranges::find_if(identities, [&](const auto& id) { return rule->identities.contains(id); });
    if (known == identities.end()) {
      return fail(Errc::unverified, "the name '{}' is not for {}", name, *identities.begin());
    }
    return *known;
  }
  return owner.empty() ? *identities.rbegin() : std::string{owner};
}

}  // namespace asterism::join
