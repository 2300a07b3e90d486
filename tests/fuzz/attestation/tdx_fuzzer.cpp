// SPDX-License-Identifier: Apache-2.0
// TDX quotes, PCK certificates and Intel's collateral.
#include <span>

#include "attestation/tdx/authenticate.hpp"
#include "contract.hpp"

using namespace asterism;
using testing::require;

namespace {

void check_quote(Bytes input) {
  const auto quote = attestation::parse_tdx_quote(input);
  if (!quote) return testing::require_refusal(quote.error());
  require(testing::inside(quote->signed_part, input), "the signed part lies inside");
  require(testing::inside(quote->qe_report_bytes, input), "the QE report lies inside");
  require(testing::inside(quote->qe_auth_data, input), "the auth data lies inside");
  require(testing::inside(as_bytes(quote->pck_chain), input), "the chain lies inside");
  require(quote->signed_part.data() == input.data(), "what is signed is where the quote starts");
}

void check_certificate(Bytes input) {
  const auto certificate = attestation::Certificate::from_der(input);
  if (!certificate) return testing::require_refusal(certificate.error());
  if (const auto facts = attestation::read_pck_certificate(*certificate); !facts) {
    testing::require_refusal(facts.error());
  }
}

void check_collateral(std::string_view text) {
  for (const std::string_view name : {"tcbInfo", "enclaveIdentity"}) {
    const auto split = attestation::split_signed_document(text, name);
    if (!split) {
      testing::require_refusal(split.error());
      continue;
    }
    require(testing::inside(as_bytes(split->signed_text), as_bytes(text)), "what is signed lies inside");
    const auto info = attestation::parse_tcb_info(split->signed_text);
    if (!info) testing::require_refusal(info.error());
    const auto identity = attestation::parse_qe_identity(split->signed_text);
    if (!identity) testing::require_refusal(identity.error());
    require(!info || !identity, "a document is of one kind");
  }
  if (const auto crl = attestation::RevocationList::from_der(as_bytes(text)); !crl) {
    testing::require_refusal(crl.error());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span{data, size});
  check_quote(input);
  check_certificate(input);
  check_collateral(as_text(input));
  return 0;
}
