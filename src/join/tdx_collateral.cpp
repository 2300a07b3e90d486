// SPDX-License-Identifier: Apache-2.0
#include "join/tdx_collateral.hpp"

#include "common/fs.hpp"

namespace asterism::join {
namespace {

constexpr std::uint64_t file_bytes_max = 256U << 10;

}  // namespace

Result<attestation::TdxCollateralTexts> load_tdx_collateral(const std::string& folder) {
  attestation::TdxCollateralTexts texts;
  ASTERISM_TRY(texts.tcb_info, read_text_file(folder + "/tcb-info.json", file_bytes_max));
  ASTERISM_TRY(texts.qe_identity, read_text_file(folder + "/qe-identity.json", file_bytes_max));
  ASTERISM_TRY(texts.signing_chain, read_text_file(folder + "/signing-chain.pem", file_bytes_max));
  ASTERISM_TRY(texts.pck_crl, read_file(folder + "/pck.crl", file_bytes_max));
  ASTERISM_TRY(texts.root_crl, read_file(folder + "/root.crl", file_bytes_max));
  return texts;
}

}  // namespace asterism::join
