// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "common/digest.hpp"
#include "efi/pe.hpp"

namespace asterism::efi {

/// The ranges of the file that the firmware hashes when it loads the image, in hashing order.
///
/// Where sections leave gaps, EDK2 finds the trailing data by the sum of bytes hashed so far, not by the end of the
/// last section; this does the same. There is no padding to 8 bytes.
/// @errors `corrupt` where EDK2 gives EFI_UNSUPPORTED: headers, sections and certificates together pass the file size.
/// @source EDK2 SecurityPkg/Library/DxeTpm2MeasureBootLib and DxeImageVerificationLib, HashPeImage().
/// @checked tests/interop/authenticode.py compares with pesign, signed and unsigned, odd sizes included.
[[nodiscard]] Result<std::vector<Bytes>> authenticode_ranges(const PeImage& image);

/// The digest over authenticode_ranges(): what goes into PCR 4, and what a signature signs.
/// @errors as authenticode_ranges(); `internal` from OpenSSL.
[[nodiscard]] Result<Digest> authenticode_digest(const PeImage& image, HashAlgorithm algorithm);

}  // namespace asterism::efi
