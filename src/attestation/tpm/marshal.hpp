// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"

namespace asterism::attestation {

/// A copy of the used part of a TPM2B buffer.
[[nodiscard]] inline std::vector<std::byte> copy_of(const std::uint8_t* buffer, std::size_t size) {
  const auto bytes = std::as_bytes(std::span{buffer, size});
  return {bytes.begin(), bytes.end()};
}

/// The hash function that a TPM_ALG_ID names. @errors `unsupported` for anything but SHA-256 and SHA-384.
[[nodiscard]] Result<HashAlgorithm> hash_of_tpm(std::uint16_t algorithm);

/// One structure of tss2-mu that fills `bytes`.
/// @errors `corrupt` if it does not, or is malformed.
template <class Structure, class Function>
[[nodiscard]] Result<Structure> unmarshal(Bytes bytes, Function function) {
  Structure structure{};
  std::size_t offset = 0;
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());  // the type that tss2-mu takes bytes as
  if (function(data, bytes.size(), &offset, &structure) != 0) {
    return fail(Errc::corrupt, "{} bytes that are no such structure", bytes.size());
  }
  if (offset != bytes.size()) return fail(Errc::corrupt, "{} bytes behind the structure", bytes.size() - offset);
  return structure;
}

}  // namespace asterism::attestation
