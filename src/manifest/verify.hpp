// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/index.hpp"
#include "manifest/manifest.hpp"
#include "manifest/trust_policy.hpp"

namespace asterism::manifest {

/// What the reader of a manifest demands of it, besides signatures.
struct ManifestDemands {
  Timestamp now;                          ///< from a clock that the reader trusts
  std::optional<std::string> floor = {};  ///< lowest version that the reader accepts
  std::uint64_t serial_min = 0;           ///< highest serial that the reader has seen for this version
  bool allow_candidate = false;
};

/// What the reader of an index demands of it, besides signatures.
struct IndexDemands {
  Timestamp now;                   ///< from a clock that the reader trusts
  std::uint64_t sequence_min = 0;  ///< highest sequence that the reader has seen
};

/// A document whose signatures were checked. Nothing but verify() and verify_index() makes one, so that a function
/// which takes a Verified<Manifest> cannot be called with anything else.
template <class T>
class Verified {
 public:
  [[nodiscard]] const T& operator*() const noexcept { return value_; }
  [[nodiscard]] const T* operator->() const noexcept { return &value_; }
  /// Names of the keys that signed, by the policy.
  [[nodiscard]] const std::vector<std::string>& signers() const noexcept { return signers_; }

 private:
  Verified(T value, std::vector<std::string> signers) : value_{std::move(value)}, signers_{std::move(signers)} {}

  friend Result<Verified<Manifest>> verify(std::string_view, std::span<const Signature>, const TrustPolicy&,
                                           const ManifestDemands&);
  friend Result<Verified<Index>> verify_index(std::string_view, const TrustPolicy&, const IndexDemands&);

  T value_;
  std::vector<std::string> signers_;
};

/// Verifies a released manifest: signatures over the bytes first, then its form, then what it says about itself.
/// @param text the manifest's bytes as they were signed.
/// @param signatures detached ones, in any order.
/// @errors `unverified` if too few keys signed; if it is no released manifest, does not hold yet or no longer, is
/// revoked,
///         is a candidate that was not asked for, is below the floor or has a lower serial than was seen before;
///         those of parse_manifest(); those of TrustPolicy::check().
[[nodiscard]] Result<Verified<Manifest>> verify(std::string_view text, std::span<const Signature> signatures,
                                                const TrustPolicy& policy, const ManifestDemands& demands);

/// Verifies the index of a place of publication, or of a channel.
/// @param text a DSSE envelope.
/// @errors those of open_envelope() and parse_index(); `unverified` if it has expired or has a lower sequence than was
///         seen before.
[[nodiscard]] Result<Verified<Index>> verify_index(std::string_view text, const TrustPolicy& policy,
                                                   const IndexDemands& demands);

}  // namespace asterism::manifest
