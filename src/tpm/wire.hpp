// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"

namespace asterism::tpm {

/// Big-endian bytes of an unsigned number, appended to `out`: the TPM's order.
void append_be(std::vector<std::byte>& out, std::uint64_t value, std::size_t width_bytes);

/// A TPM2B: 16 bits of length, then the bytes. They must be fewer than 65536.
void append_sized(std::vector<std::byte>& out, Bytes bytes);

/// The unsigned number that the first `width_bytes` (at most 8) bytes give, big-endian; fewer bytes give fewer digits.
[[nodiscard]] std::uint64_t read_be(Bytes bytes) noexcept;

/// TPM_ALG_ID of a hash function.
/// @source TPM 2.0 Library, Part 2, table 11.
[[nodiscard]] constexpr std::uint16_t algorithm_id(HashAlgorithm algorithm) noexcept {
  return algorithm == HashAlgorithm::sha256 ? 0x000B : 0x000C;
}

/// The Name of an entity with public area `public_area` and nameAlg SHA-256: algorithm, then digest; 34 bytes.
/// @errors `internal` from OpenSSL. @source Part 1, 16.
[[nodiscard]] Result<std::vector<std::byte>> name_of(Bytes public_area);

}  // namespace asterism::tpm
