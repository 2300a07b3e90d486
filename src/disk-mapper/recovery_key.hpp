// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/secret.hpp"

namespace asterism::disk_mapper {

/// A recovery key as a person gets it: 64 hexadecimal digits in groups of eight, and a group of four that tells slips.
/// The text is as secret as the key. @errors as sha256().
[[nodiscard]] Result<std::string> recovery_key_text(const SecretBytes& key);

/// The reverse; dashes, spaces and line ends are skipped.
/// @errors `usage` for another number of digits, other characters, or a check group that does not match.
[[nodiscard]] Result<SecretBytes> parse_recovery_key(std::string_view text);

}  // namespace asterism::disk_mapper
