// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "common/error.hpp"

namespace asterism::crypto {

/// The hash function that an Authenticode signature (PKCS#7 SignedData) was made with.
/// @errors `corrupt` if the blob is no SignedData; `unsupported` for anything but SHA-256 and SHA-384.
[[nodiscard]] Result<HashAlgorithm> authenticode_algorithm(Bytes pkcs7);

/// Checks as UEFI firmware does that `pkcs7` signs `image` and leads to `certificate`.
///
/// Any certificate may be the anchor, a leaf included; validity dates and key usage do not count.
/// @param image the Authenticode digest, in authenticode_algorithm().
/// @param certificate DER, from db or dbx.
/// @errors `unverified` if it does not; `corrupt` if the blob is no SignedData.
/// @source EDK2 CryptoPkg/Library/BaseCryptLib/Pk, AuthenticodeVerify() and Pkcs7Verify().
/// @checked tests/interop/secure_boot.sh with signatures of sbsign.
[[nodiscard]] Result<> verify_authenticode(Bytes pkcs7, const Digest& image, Bytes certificate);

}  // namespace asterism::crypto
