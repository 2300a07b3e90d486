// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.hpp"
#include "crypto/public_key.hpp"
#include "manifest/signature_file.hpp"

namespace asterism::manifest {

/// A key that somebody trusts, with a name for people.
struct TrustedKey {
  std::string name;  ///< a plain name, once in a policy
  crypto::PublicKey key;

  friend bool operator==(const TrustedKey&, const TrustedKey&) = default;
};

/// Whose signatures count, and how many of them are needed: m of n.
class TrustPolicy {
 public:
  static constexpr std::size_t keys_max = 32;
  static constexpr std::size_t signatures_max = 32;

  /// @errors `usage` unless there are 1 to keys_max keys, 1 <= threshold <= number of keys, names are plain, and no
  /// name
  ///         and no key comes twice.
  [[nodiscard]] static Result<TrustPolicy> make(std::size_t threshold, std::vector<TrustedKey> keys);

  /// Reads what to_json() writes. Schema: image-manifests/schemas/trust-policy.schema.json.
  /// @errors `corrupt`, `unverified`, `unsupported` as parse_manifest(); `corrupt` for what make() refuses.
  [[nodiscard]] static Result<TrustPolicy> parse(std::string_view text);

  [[nodiscard]] Json to_json() const;

  [[nodiscard]] std::size_t threshold() const noexcept { return threshold_; }
  [[nodiscard]] const std::vector<TrustedKey>& keys() const noexcept { return keys_; }

  /// Checks that at least threshold() different keys of the policy signed `message`. Signatures of the same key count
  /// once, however many there are; signatures of other keys count nothing.
  /// @returns names of the keys that signed, in order of the policy.
  /// @errors `unverified` if there are too few; `usage` for more than signatures_max signatures; `internal`.
  [[nodiscard]] Result<std::vector<std::string>> check(Bytes message, std::span<const Signature> signatures) const;

  friend bool operator==(const TrustPolicy&, const TrustPolicy&) = default;

 private:
  TrustPolicy(std::size_t threshold, std::vector<TrustedKey> keys) : threshold_{threshold}, keys_{std::move(keys)} {}

  std::size_t threshold_;
  std::vector<TrustedKey> keys_;  ///< by name
};

}  // namespace asterism::manifest
