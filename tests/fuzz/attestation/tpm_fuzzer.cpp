// SPDX-License-Identifier: Apache-2.0
// What a node sends of its TPM: quotes, signatures, public areas, the paravisor's report.
#include <bit>
#include <span>

#include "attestation/tpm/paravisor.hpp"
#include "attestation/tpm/public_area.hpp"
#include "attestation/tpm/quote.hpp"
#include "attestation/tpm/signature.hpp"
#include "contract.hpp"

using namespace asterism;
using testing::require;

namespace {

void check_quote(Bytes input) {
  const auto quote = attestation::parse_tpm_quote(input);
  if (!quote) return testing::require_refusal(quote.error());
  require(std::popcount(quote->selection.mask) > 0, "a quote covers some PCR");
  require(quote->extra_data.size() + quote->pcr_digest.size() < input.size(), "fields come from the input");
}

void check_signature(Bytes input) {
  const auto signature = attestation::parse_tpm_signature(input);
  if (!signature) return testing::require_refusal(signature.error());
  require(signature->r.size() + signature->s.size() < input.size(), "numbers come from the input");
}

void check_public(Bytes input) {
  const auto area = attestation::parse_ak_public(input);
  if (!area) return testing::require_refusal(area.error());
  require(area->name.size() == 34 || area->name.size() == 50, "a name is an algorithm and a digest");
}

void check_paravisor(Bytes input) {
  if (const auto data = attestation::parse_paravisor_runtime_data(input); !data) {
    testing::require_refusal(data.error());
  }
  const auto report = attestation::parse_paravisor_report(input);
  if (!report) return testing::require_refusal(report.error());
  require(testing::inside(report->hardware_report, input), "the hardware report lies inside");
  require(testing::inside(report->runtime_data, input), "the runtime data lies inside");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span{data, size});
  check_quote(input);
  check_signature(input);
  check_public(input);
  check_paravisor(input);
  return 0;
}
