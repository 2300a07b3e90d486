// SPDX-License-Identifier: Apache-2.0
#include "tls_world.hpp"

namespace asterism::testing {

using namespace attestation;

Result<std::vector<std::byte>> QuoteProvider::evidence(const Binding& binding) {
  TpmWorld tpm = node_.tpm;
  tpm.nonce.assign(binding.begin(), binding.end());
  const Buffer attest = tpm.attest();
  const Buffer signature = tpm.sign(attest);
  Buffer out;
  append_le(out, attest.size(), 2);
  append_le(out, signature.size(), 2);
  append(out, attest);
  append(out, signature);
  return out;
}

QuoteVerifier::QuoteVerifier(std::vector<const Node*> known, std::string_view deployment) {
  static const SnpWorld hardware;
  const Digest measured = sha256(as_bytes(deployment)).value();
  for (const Node* node : known) {
    const std::string data = node->tpm.runtime_data();
    keys_.push_back(ParavisorAk::trust(report_for(hardware, as_bytes(data)), as_bytes(data)).value());
  }
  pcrs_ = {{4, pcr_value(4)}, {11, pcr_value(11)}, {15, measured}};
  images_ = {{.name = "node",
              .pcrs = {{HashAlgorithm::sha256, {{4, {pcr_value(4)}}, {11, {pcr_value(11)}}, {15, {measured}}}}}}};
}

Result<ImageNames> QuoteVerifier::verify(Bytes evidence, const Binding& binding) {
  const ByteView view{evidence};
  ASTERISM_TRY(const auto attest_size, view.u16(0, "size"));
  ASTERISM_TRY(const auto signature_size, view.u16(2, "size"));
  ASTERISM_TRY(const auto attest, view.sub(4, attest_size, "quote"));
  ASTERISM_TRY(const auto signature, view.sub(4U + attest_size, signature_size, "signature"));
  const StaticReferenceValues references{images_, {}, 0};
  const TpmPolicy policy{.selection = {.bank = HashAlgorithm::sha256, .mask = (1U << 4) | (1U << 11) | (1U << 15)}};
  Result<ImageNames> last = fail(Errc::unverified, "no keys are known");
  for (const TrustedAk& key : keys_) {
    const auto verified = Verifier::verify_tpm(
        {.attest = attest.bytes(), .signature = signature.bytes(), .pcrs = pcrs_}, key, policy, references, binding);
    if (verified) return verified->images();
    // A signature of another known node says nothing; any other reason is the one to tell.
    if (!verified.error().message().contains("signature")) return std::unexpected{verified.error()};
    last = std::unexpected{verified.error()};
  }
  return last;
}

}  // namespace asterism::testing
