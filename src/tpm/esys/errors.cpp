// SPDX-License-Identifier: Apache-2.0
#include <tss2/tss2_esys.h>
#include <tss2/tss2_rc.h>

#include "tpm/esys/context.hpp"

namespace asterism::tpm::esys {
namespace {

constexpr TSS2_RC layer_mask = 0xFFU << TSS2_RC_LAYER_SHIFT;
constexpr TSS2_RC format_1_mask = TPM2_RC_FMT1 | 0x3FU;

/// The code without what names the parameter, handle or session.
TSS2_RC base_of(TSS2_RC code) {
  return (code & TPM2_RC_FMT1) != 0 ? code & format_1_mask : code & 0xFFFU;
}

Errc of_tpm(TSS2_RC code) {
  switch (base_of(code)) {
    case TPM2_RC_POLICY_FAIL:
    case TPM2_RC_POLICY:
    case TPM2_RC_POLICY_CC:
    case TPM2_RC_VALUE:
    case TPM2_RC_PCR:
    case TPM2_RC_SIGNATURE:
    case TPM2_RC_INTEGRITY:
    case TPM2_RC_TICKET:
    case TPM2_RC_AUTH_FAIL:
    case TPM2_RC_BAD_AUTH:
    case TPM2_RC_AUTH_UNAVAILABLE:
    case TPM2_RC_NV_AUTHORIZATION:
    case TPM2_RC_LOCALITY:
    case TPM2_RC_BINDING:
      return Errc::unverified;
    case TPM2_RC_PCR_CHANGED:
    case TPM2_RC_NV_DEFINED:
    case TPM2_RC_NV_LOCKED:
      return Errc::conflict;
    case TPM2_RC_HANDLE:
    case TPM2_RC_NV_UNINITIALIZED:
      return Errc::not_found;
    case TPM2_RC_SIZE:
    case TPM2_RC_INSUFFICIENT:
    case TPM2_RC_SELECTOR:
    case TPM2_RC_TAG:
    case TPM2_RC_RESERVED_BITS:
    case TPM2_RC_ECC_POINT:
    case TPM2_RC_SENSITIVE:
    case TPM2_RC_TYPE:
    case TPM2_RC_ATTRIBUTES:
      return Errc::corrupt;
    case TPM2_RC_COMMAND_CODE:
    case TPM2_RC_HASH:
    case TPM2_RC_CURVE:
    case TPM2_RC_SYMMETRIC:
    case TPM2_RC_HIERARCHY:
      return Errc::unsupported;
    default:
      // Failure mode, no room, lockout, self test, ...: the TPM cannot do it now.
      return Errc::unavailable;
  }
}

Errc of_layer(TSS2_RC code) {
  if (code == TSS2_ESYS_RC_RSP_AUTH_FAILED) return Errc::unverified;
  switch (code & layer_mask) {
    case TSS2_TPM_RC_LAYER:
    case TSS2_RESMGR_TPM_RC_LAYER:
      return of_tpm(code);
    case TSS2_TCTI_RC_LAYER:
    case TSS2_RESMGR_RC_LAYER:
      return Errc::unavailable;
    default:
      return Errc::internal;
  }
}

std::string advice_for(Errc code, TSS2_RC rc) {
  const TSS2_RC base = base_of(rc);
  const bool from_tpm = (rc & layer_mask) == 0;
  if (from_tpm && base == TPM2_RC_LOCKOUT) return "wait until the TPM ends its lockout, or use the recovery key";
  if (from_tpm && (base == TPM2_RC_BAD_AUTH || base == TPM2_RC_AUTH_FAIL)) {
    return "somebody set an authorisation value: clear the TPM in the firmware's menu, or use another key provider";
  }
  return code == Errc::unavailable ? "check that the machine has a TPM 2.0 that is switched on, then restart" : "";
}

}  // namespace

Result<> checked(std::uint32_t code, std::string_view command) {
  if (code == TSS2_RC_SUCCESS) return {};
  const Errc errc = of_layer(code);
  Error error{errc, std::format("{}: {} ({:#x})", command, ::Tss2_RC_Decode(code), code)};
  const std::string advice = advice_for(errc, code);
  return std::unexpected{advice.empty() ? std::move(error) : std::move(error).advise(advice)};
}

}  // namespace asterism::tpm::esys
