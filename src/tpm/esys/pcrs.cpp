// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include <tss2/tss2_esys.h>

#include "tpm/esys/esys_tpm.hpp"
#include "tpm/wire.hpp"

namespace asterism::tpm::esys {
namespace {

bool has_pcrs(const TPMS_PCR_SELECTION& selection) {
  return std::ranges::any_of(std::span{selection.pcrSelect}.first(selection.sizeofSelect),
                             [](std::uint8_t byte) { return byte != 0; });
}

TPML_PCR_SELECTION one_pcr(HashAlgorithm bank, Pcr pcr) {
  TPML_PCR_SELECTION selection{};
  selection.count = 1;
  selection.pcrSelections[0].hash = algorithm_id(bank);
  selection.pcrSelections[0].sizeofSelect = 3;
  selection.pcrSelections[0].pcrSelect[pcr / 8] = static_cast<std::uint8_t>(1U << pcr % 8);
  return selection;
}

}  // namespace

Result<std::vector<HashAlgorithm>> EsysTpm::active_banks() {
  TPMI_YES_NO more = TPM2_NO;
  Answer<TPMS_CAPABILITY_DATA> data;
  ASTERISM_CHECK(checked(::Esys_GetCapability(context_.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_PCRS,
                                              0, 1, &more, std::out_ptr(data)),
                         "TPM2_GetCapability"),
                 "asking for the PCR banks");
  const TPML_PCR_SELECTION& assigned = data->data.assignedPCR;
  std::vector<HashAlgorithm> banks;
  for (const HashAlgorithm bank : hash_algorithms) {
    const auto listed = std::span{assigned.pcrSelections}.first(assigned.count);
    const bool active = std::ranges::any_of(listed, [&](const TPMS_PCR_SELECTION& selection) {
      return selection.hash == algorithm_id(bank) && has_pcrs(selection);
    });
    if (active) banks.push_back(bank);
  }
  if (banks.empty()) {
    return std::unexpected{Error{Errc::unsupported, "the TPM has neither a SHA-256 nor a SHA-384 bank"}.advise(
        "activate the SHA-256 bank in the firmware's menu")};
  }
  return banks;
}

Result<std::vector<Digest>> EsysTpm::read(const PcrSelection& selection) {
  // One at a time: the TPM answers a longer selection in parts of its own choosing.
  std::vector<Digest> values;
  for (const Pcr pcr : selection.pcrs()) {
    const TPML_PCR_SELECTION wanted = one_pcr(selection.bank(), pcr);
    Answer<TPML_DIGEST> digests;
    ASTERISM_CHECK(checked(::Esys_PCR_Read(context_.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &wanted, nullptr,
                                           nullptr, std::out_ptr(digests)),
                           "TPM2_PCR_Read"),
                   "reading PCR {}", pcr);
    if (digests->count != 1) {
      return fail(Errc::unsupported, "PCR {}: the {} bank is not active", pcr, to_string(selection.bank()));
    }
    const Bytes bytes = taken(digests->digests[0].size, digests->digests[0].buffer);
    ASTERISM_TRY(values.emplace_back(selection.bank()), Digest::from_bytes(selection.bank(), bytes), "PCR {}", pcr);
  }
  return values;
}

Result<BankDigests> EsysTpm::extend(Pcr pcr, Bytes event) {
  if (pcr > pcr_max) return fail(Errc::usage, "PCR {}: the last one is {}", pcr, pcr_max);
  ASTERISM_TRY(const auto banks, active_banks());
  BankDigests extended;
  TPML_DIGEST_VALUES values{};
  for (const HashAlgorithm bank : banks) {
    ASTERISM_TRY(const auto digest, hash(bank, event));
    TPMT_HA& value = values.digests[values.count++];
    value.hashAlg = algorithm_id(bank);
    std::ranges::copy(digest.bytes(), std::as_writable_bytes(std::span{value.digest.sha512}).begin());
    extended.emplace(bank, digest);
  }
  ASTERISM_CHECK(checked(::Esys_PCR_Extend(context_.get(), ESYS_TR_PCR0 + pcr, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                           ESYS_TR_NONE, &values),
                         "TPM2_PCR_Extend"),
                 "extending PCR {}", pcr);
  return extended;
}

}  // namespace asterism::tpm::esys
