// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "attestation/fields.hpp"
#include "attestation/tpm/signature.hpp"
#include "attestation/tpm/trusted_ak.hpp"
#include "attestation/verifier.hpp"

namespace asterism::attestation {
namespace {

Result<> check_quote(const TpmQuote& quote, const TpmPolicy& policy, Bytes nonce) {
  if (!same_bytes(quote.extra_data, nonce)) return fail(Errc::unverified, "extra_data: not the nonce that was sent");
  if (quote.selection.bank != policy.selection.bank) {
    return fail(Errc::unverified, "pcr_selection: bank {} instead of {}", to_string(quote.selection.bank),
                to_string(policy.selection.bank));
  }
  if (quote.selection.mask != policy.selection.mask) {
    return fail(Errc::unverified, "pcr_selection: PCRs {:#x} instead of {:#x}", quote.selection.mask,
                policy.selection.mask);
  }
  if (policy.require_safe_clock && !quote.clock.safe) {
    return fail(Errc::unverified, "clock.safe: the TPM's clock may have gone back");
  }
  if (policy.reset_count && quote.clock.reset_count != *policy.reset_count) {
    return fail(Errc::unverified, "clock.reset_count: {} instead of {}", quote.clock.reset_count, *policy.reset_count);
  }
  if (policy.restart_count && quote.clock.restart_count != *policy.restart_count) {
    return fail(Errc::unverified, "clock.restart_count: {} instead of {}", quote.clock.restart_count,
                *policy.restart_count);
  }
  if (!policy.firmware_versions.empty() && !policy.firmware_versions.contains(quote.firmware_version)) {
    return fail(Errc::unverified, "firmware_version: {:#x} is not allowed", quote.firmware_version);
  }
  return {};
}

/// The digest in the quote covers the values in the order of their index, hashed with the signature's hash.
Result<> check_values(const TpmQuote& quote, HashAlgorithm signature_hash, const PcrValues& pcrs) {
  std::vector<std::byte> values;
  for (unsigned index = 0; index < 32; ++index) {
    const bool quoted = ((quote.selection.mask >> index) & 1) != 0;
    const auto found = pcrs.find(index);
    if (quoted != (found != pcrs.end())) {
      return fail(Errc::unverified, "pcrs: PCR {} is {}", index, quoted ? "quoted, but has no value" : "not quoted");
    }
    if (!quoted) continue;
    if (found->second.algorithm() != quote.selection.bank) {
      return fail(Errc::unverified, "pcrs: PCR {} has a value of another bank", index);
    }
    append(values, found->second.bytes());
  }
  if (!pcrs.empty() && pcrs.rbegin()->first >= 32) return fail(Errc::unverified, "pcrs: PCR {}", pcrs.rbegin()->first);
  ASTERISM_TRY(const auto digest, hash(signature_hash, values));
  if (!same_bytes(digest.bytes(), quote.pcr_digest)) {
    return fail(Errc::unverified, "pcr_digest: the values are not those that were quoted");
  }
  return {};
}

/// Why an image does not fit; empty if it does.
std::string misfit(const ImageReference& image, HashAlgorithm bank, const PcrValues& pcrs) {
  const auto reference = image.pcrs.find(bank);
  if (reference == image.pcrs.end() || reference->second.empty()) {
    return std::format("it has no values of bank {}", to_string(bank));
  }
  for (const auto& [index, allowed] : reference->second) {
    const auto found = pcrs.find(index);
    if (found == pcrs.end()) return std::format("PCR {} was not quoted", index);
    if (!std::ranges::contains(allowed, found->second)) {
      return std::format("PCR {} is {}", index, found->second.hex());
    }
  }
  return {};
}

Result<ImageNames> matching_images(const PcrValues& pcrs, HashAlgorithm bank, const ReferenceValues& references) {
  ImageNames names;
  std::string reasons;
  for (const ImageReference& image : references.images()) {
    const std::string reason = misfit(image, bank, pcrs);
    if (reason.empty()) {
      names.insert(image.name);
    } else {
      reasons += std::format("{}{}: {}", reasons.empty() ? "" : ", ", image.name, reason);
    }
  }
  if (names.empty()) {
    return fail(Errc::unverified, "pcrs: no image that is valid now fits ({})", reasons.empty() ? "none" : reasons);
  }
  return names;
}

}  // namespace

Result<Verified<TpmFacts>> Verifier::verify_tpm(const TpmEvidence& evidence, const TrustedAk& ak,
                                                const TpmPolicy& policy, const ReferenceValues& references,
                                                Bytes nonce) {
  ASTERISM_TRY(const auto signature, parse_tpm_signature(evidence.signature));
  ASTERISM_CHECK(verify_tpm_signature(signature, ak.key(), evidence.attest), "TPM quote: signature");
  ASTERISM_TRY(auto quote, parse_tpm_quote(evidence.attest));
  ASTERISM_CHECK(check_quote(quote, policy, nonce), "TPM quote");
  ASTERISM_CHECK(check_values(quote, signature.hash, evidence.pcrs), "TPM quote");
  ASTERISM_TRY(auto images, matching_images(evidence.pcrs, quote.selection.bank, references), "TPM quote");
  return Verified<TpmFacts>{TpmFacts{.quote = std::move(quote), .pcrs = evidence.pcrs}, std::move(images)};
}

}  // namespace asterism::attestation
