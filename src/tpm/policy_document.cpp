// SPDX-License-Identifier: Apache-2.0
#include "tpm/policy_document.hpp"

namespace asterism::tpm {
namespace {

Result<> check_entry(const PolicySignature& entry, const Policy& approved, const PublicKey& key) {
  if (entry.key != key.fingerprint()) return fail(Errc::unverified, "signed by another key, {}", entry.key.hex());
  ASTERISM_TRY(const auto digest, policy_digest(approved));
  if (entry.policy != digest) return fail(Errc::unverified, "the signed policy is not the one it should be");
  return key.verify(signed_policy_message(digest, floor_reference), entry.signature);
}

}  // namespace

Result<> check_floor_signatures(const PolicyDocument& document, const PublicKey& key) {
  if (!document.asterism) return fail(Errc::not_found, "the policy signatures are for systemd only");
  const StateSignatures& own = *document.asterism;
  ASTERISM_CHECK(check_entry(own.floor_start, approved_floor_start(), key), "floor_start");
  ASTERISM_TRY(const auto raise, approved_floor_raise(key, own.floor));
  return check_entry(own.floor_raise, raise, key).transform_error([](Error error) {
    return std::move(error).within("floor_raise");
  });
}

}  // namespace asterism::tpm
