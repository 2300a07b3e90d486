// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// The files of src/attestation/roots, compiled in: PEM texts under the files' names.
namespace asterism::attestation::pinned {

extern const std::string_view amd_milan_vcek;
extern const std::string_view amd_milan_vlek;
extern const std::string_view amd_genoa_vcek;
extern const std::string_view amd_genoa_vlek;
extern const std::string_view amd_turin_vcek;
extern const std::string_view amd_turin_vlek;
extern const std::string_view intel_sgx_root_ca;

}  // namespace asterism::attestation::pinned
