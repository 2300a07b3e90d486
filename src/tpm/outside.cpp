// SPDX-License-Identifier: Apache-2.0
// Objects as they are kept outside the TPM.
#include "tpm/tpm.hpp"
#include "tpm/wire.hpp"

namespace asterism::tpm {

Result<std::vector<std::byte>> SealedSecret::name() const {
  return name_of(public_area);
}

Result<std::vector<std::byte>> AttestationKey::name() const {
  return name_of(public_area);
}

}  // namespace asterism::tpm
