// SPDX-License-Identifier: Apache-2.0
#include "attestation/tpm/quote.hpp"

#include <tss2/tss2_mu.h>

#include "attestation/tpm/marshal.hpp"

namespace asterism::attestation {
namespace {

Result<PcrSelection> decode_selection(const TPML_PCR_SELECTION& list) {
  if (list.count != 1) return fail(Errc::unsupported, "pcr_selection: {} banks instead of one", list.count);
  const TPMS_PCR_SELECTION& entry = list.pcrSelections[0];
  ASTERISM_TRY(const auto bank, hash_of_tpm(entry.hash), "pcr_selection");
  PcrSelection selection{.bank = bank, .mask = 0};
  for (unsigned i = 0; i < entry.sizeofSelect; ++i)
    selection.mask |= std::uint32_t{entry.pcrSelect[i]} << (8 * i);
  if (selection.mask == 0) return fail(Errc::unsupported, "pcr_selection: no PCR");
  return selection;
}

/// Magic and type, before anything is made of the rest.
Result<> check_kind(Bytes attest) {
  if (attest.size() < 6) return fail(Errc::corrupt, "{} bytes are no attestation", attest.size());
  const auto big_endian = [attest](std::size_t offset, std::size_t width) {
    std::uint32_t value = 0;
    for (const std::byte b : attest.subspan(offset, width))
      value = (value << 8) | std::to_integer<std::uint32_t>(b);
    return value;
  };
  if (const auto magic = big_endian(0, 4); magic != TPM2_GENERATED_VALUE) {
    return fail(Errc::corrupt, "magic: {:#x}", magic);
  }
  if (const auto type = big_endian(4, 2); type != TPM2_ST_ATTEST_QUOTE) {
    return fail(Errc::unsupported, "type: {:#x} is no quote", type);
  }
  return {};
}

Result<TpmQuote> decode(const TPMS_ATTEST& attest) {
  TpmQuote quote;
  quote.qualified_signer = copy_of(attest.qualifiedSigner.name, attest.qualifiedSigner.size);
  quote.extra_data = copy_of(attest.extraData.buffer, attest.extraData.size);
  quote.clock = {.clock_ms = attest.clockInfo.clock,
                 .reset_count = attest.clockInfo.resetCount,
                 .restart_count = attest.clockInfo.restartCount,
                 .safe = attest.clockInfo.safe == TPM2_YES};
  quote.firmware_version = attest.firmwareVersion;
  const TPMS_QUOTE_INFO& info = attest.attested.quote;
  ASTERISM_TRY(quote.selection, decode_selection(info.pcrSelect));
  quote.pcr_digest = copy_of(info.pcrDigest.buffer, info.pcrDigest.size);
  return quote;
}

}  // namespace

Result<TpmQuote> parse_tpm_quote(Bytes attest) {
  ASTERISM_CHECK(check_kind(attest), "TPM quote");
  ASTERISM_TRY(const auto structure, unmarshal<TPMS_ATTEST>(attest, ::Tss2_MU_TPMS_ATTEST_Unmarshal), "TPM quote");
  ASTERISM_TRY(auto quote, decode(structure), "TPM quote");
  return quote;
}

}  // namespace asterism::attestation
