// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::manifest {

/// The bytes of one signature, as crypto::PublicKey::verify() takes them.
using Signature = std::vector<std::byte>;

/// Most bytes that a signature, or the file with one, may have.
inline constexpr std::size_t signature_file_bytes_max = 1024;

/// The text of a detached signature's file: base64 in one line, without a line end, as `cosign sign-blob` writes it.
[[nodiscard]] std::string signature_file_text(Bytes signature);

/// The reverse of signature_file_text(); one line end behind it is accepted, since editors and `base64` add it.
/// @errors `corrupt` for anything else, and for no or more than signature_file_bytes_max bytes.
[[nodiscard]] Result<Signature> parse_signature_file(std::string_view text);

}  // namespace asterism::manifest
