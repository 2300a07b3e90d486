// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "attestation/tpm/quote.hpp"
#include "common/digest.hpp"

namespace asterism::attestation {

/// PCR index to value, all of one bank: as read from the TPM, or as replayed from an event log. Both are only claims
/// until a quote over them was verified.
using PcrValues = std::map<unsigned, Digest>;

/// A quote as a node sends it.
struct TpmEvidence {
  Bytes attest;     ///< TPMS_ATTEST, without a size in front
  Bytes signature;  ///< TPMT_SIGNATURE
  PcrValues pcrs;   ///< exactly the PCRs that were quoted
};

/// What a verified quote says.
struct TpmFacts {
  TpmQuote quote;
  PcrValues pcrs;
};

}  // namespace asterism::attestation
