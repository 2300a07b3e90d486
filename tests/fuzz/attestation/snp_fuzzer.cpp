// SPDX-License-Identifier: Apache-2.0
// SEV-SNP reports, and the extensions of VCEK and VLEK certificates.
#include <span>

#include "attestation/certificate.hpp"
#include "attestation/der.hpp"
#include "attestation/snp/key_certificate.hpp"
#include "contract.hpp"

using namespace asterism;
using testing::require;

namespace {

void check_report(Bytes input) {
  const auto report = attestation::parse_snp_report(input);
  if (!report) return testing::require_refusal(report.error());
  require(input.size() == attestation::SnpReport::size_bytes, "a report has one length");
  require(report->vmpl < 4, "VMPLs go up to 3");
  require((report->version >= 3) == report->product.has_value(), "version 3 and later name the processor");
}

void check_certificate(Bytes input) {
  const auto certificate = attestation::Certificate::from_der(input);
  if (!certificate) return testing::require_refusal(certificate.error());
  const auto facts = attestation::read_snp_key_certificate(*certificate);
  if (!facts) return testing::require_refusal(facts.error());
  const bool vcek = facts->key == attestation::SnpSigningKey::vcek;
  require(vcek == !facts->hwid.empty(), "a VCEK, and only a VCEK, names a chip");
}

void check_der(Bytes input) {
  attestation::DerReader reader{input};
  std::size_t total = 0;
  while (!reader.at_end()) {
    const auto content = reader.next(static_cast<attestation::DerTag>(input[0]));
    if (!content) break;
    require(testing::inside(*content, input), "a value lies inside the data");
    total += content->size() + 2;
    if (const auto oid = attestation::der_oid(*content)) require(oid->contains('.'), "an OID has two arcs");
  }
  require(total <= input.size(), "values do not overlap");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span{data, size});
  check_report(input);
  check_certificate(input);
  if (!input.empty()) check_der(input);
  return 0;
}
