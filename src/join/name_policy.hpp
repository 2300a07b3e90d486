// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace asterism::join {

/// Who may have names of a form.
struct NameRule {
  std::string pattern;               ///< a name; a '*' at its end stands for any rest
  std::set<std::string> identities;  ///< who may; empty with `first_come`
  bool first_come = false;           ///< whoever joins under the name first keeps it
};

/// Whether the rule speaks about the name.
[[nodiscard]] bool matches(const NameRule& rule, std::string_view name) noexcept;

/// Whether a node with these identities may have the name. The first rule that speaks about it decides.
/// @param owner identity that joined under the name before, or empty.
/// @returns the identity that owns the name from now on.
/// @errors `unverified` saying why not.
[[nodiscard]] Result<std::string> allowed_owner(const std::vector<NameRule>& rules, std::string_view name,
                                                const std::set<std::string>& identities, std::string_view owner);

}  // namespace asterism::join
