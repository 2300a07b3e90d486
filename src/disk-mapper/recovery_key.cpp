// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/recovery_key.hpp"

#include "common/digest.hpp"
#include "disk-mapper/key_provider.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::size_t group_characters = 8;
constexpr std::size_t check_characters = 4;

Result<std::string> check_group(Bytes key) {
  ASTERISM_TRY(const auto digest, sha256(key));
  return digest.hex().substr(0, check_characters);
}

}  // namespace

Result<std::string> recovery_key_text(const SecretBytes& key) {
  ASTERISM_TRY(const auto check, check_group(key.bytes()));
  const std::string digits = to_hex(key.bytes());
  std::string text;
  for (std::size_t at = 0; at < digits.size(); at += group_characters)
    text += digits.substr(at, group_characters) + "-";
  return text + check;
}

Result<SecretBytes> parse_recovery_key(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c != '-' && c != ' ' && c != '\n' && c != '\r') digits += c;
  if (digits.size() != 2 * node_key_bytes + check_characters) {
    return fail(Errc::usage, "the recovery key has {} digits, not {}", digits.size(),
                2 * node_key_bytes + check_characters);
  }
  auto bytes = from_hex(digits.substr(0, 2 * node_key_bytes));
  if (!bytes) return fail(Errc::usage, "the recovery key has characters that are no hexadecimal digits");
  ASTERISM_TRY(auto key, SecretBytes::copy_of(*bytes));
  wipe(*bytes);
  ASTERISM_TRY(const auto check, check_group(key.bytes()));
  if (check != digits.substr(2 * node_key_bytes))
    return fail(Errc::usage, "the recovery key has a slip: its last group does not match");
  return key;
}

}  // namespace asterism::disk_mapper
