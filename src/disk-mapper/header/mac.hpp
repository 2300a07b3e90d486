// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "common/error.hpp"
#include "common/secret.hpp"
#include "disk-mapper/header/checker.hpp"

namespace asterism::disk_mapper {

/// The bytes of a header that have a meaning, in one way only: label, UUID, JSON without the MAC, and SHA-256 of each
/// key slot's area. Left out are checksum, salt and sequence number, which change with every write.
/// @param image header_bytes: metadata (ignored here) and key slot areas.
/// @errors as text_without_mac(); `internal` for an image of another size.
[[nodiscard]] Result<std::vector<std::byte>> canonical_bytes(const CheckedCopy& copy, Bytes image);

/// HMAC-SHA-256 of canonical_bytes() under a key that HKDF-SHA-256 derives from the volume key.
/// @errors as canonical_bytes(); `internal` if OpenSSL fails.
[[nodiscard]] Result<std::vector<std::byte>> header_mac(const CheckedCopy& copy, Bytes image,
                                                        const SecretBytes& volume_key);

/// A header that was made by somebody who had the volume key. authenticate() is its only maker.
class AuthenticatedHeader {
 public:
  [[nodiscard]] const CheckedHeader& checked() const noexcept { return checked_; }
  [[nodiscard]] const Metadata& metadata() const noexcept { return checked_.current.metadata; }
  [[nodiscard]] const std::string& uuid() const noexcept { return checked_.current.copy.uuid; }
  /// SHA-256 of canonical_bytes().
  [[nodiscard]] const Digest& digest() const noexcept { return digest_; }

 private:
  AuthenticatedHeader(CheckedHeader checked, Digest digest) : checked_{std::move(checked)}, digest_{digest} {}
  friend Result<AuthenticatedHeader> authenticate(CheckedHeader, Bytes, const SecretBytes&);

  CheckedHeader checked_;
  Digest digest_;
};

/// Compares the MAC, and that of the older copy where there is one, in constant time.
/// @errors `unverified` where one does not match; as header_mac().
[[nodiscard]] Result<AuthenticatedHeader> authenticate(CheckedHeader header, Bytes image,
                                                       const SecretBytes& volume_key);

}  // namespace asterism::disk_mapper
