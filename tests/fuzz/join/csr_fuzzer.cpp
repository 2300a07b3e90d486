// SPDX-License-Identifier: Apache-2.0
// A node's CSR, claims and evidence as they come out of a session.
#include <span>

#include "attestation/evidence/judge.hpp"
#include "contract.hpp"
#include "join/csr.hpp"

using namespace asterism;
using testing::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span{data, size});
  const auto pem = join::check_kubelet_request(input, "w1");
  if (pem) {
    require(pem->starts_with("-----BEGIN CERTIFICATE REQUEST-----"), "a request in PEM");
  } else {
    testing::require_refusal(pem.error());
  }
  const auto parts = attestation::Parts::parse(input);
  if (parts) {
    require(std::ranges::equal(parts->encode(), input), "evidence has one form");
  } else {
    testing::require_refusal(parts.error());
  }
  const auto events = attestation::parse_events(input);
  if (events) {
    require(std::ranges::equal(attestation::encode_events(*events), input), "events have one form");
  } else {
    testing::require_refusal(events.error());
  }
  if (const auto pcrs = attestation::parse_pcrs(input); !pcrs) testing::require_refusal(pcrs.error());
  const auto certificate = attestation::certificate_in_table(input, attestation::SnpSigningKey::vcek);
  if (certificate) {
    require(testing::inside(*certificate, input), "a certificate lies inside its table");
  } else {
    testing::require_refusal(certificate.error());
  }
  return 0;
}
