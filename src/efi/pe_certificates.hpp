// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "efi/pe.hpp"

namespace asterism::efi {

/// The PKCS#7 blobs of the image's certificate table, in file order; empty for an unsigned image. Entries of other
/// types are left out, as the firmware does not use them.
/// @errors `corrupt` for an entry that is shorter than its header or passes the table; `unsupported` for more than 16.
/// @source Microsoft PE/COFF specification, attribute certificate table; UEFI 2.10 section 32.5.
[[nodiscard]] Result<std::vector<Bytes>> pe_signatures(const PeImage& image);

}  // namespace asterism::efi
