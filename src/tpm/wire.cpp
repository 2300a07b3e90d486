// SPDX-License-Identifier: Apache-2.0
#include "tpm/wire.hpp"

namespace asterism::tpm {

void append_be(std::vector<std::byte>& out, std::uint64_t value, std::size_t width_bytes) {
  for (std::size_t i = width_bytes; i > 0; --i)
    out.push_back(static_cast<std::byte>((value >> (8 * (i - 1))) & 0xffU));
}

void append_sized(std::vector<std::byte>& out, Bytes bytes) {
  append_be(out, bytes.size(), 2);
  append(out, bytes);
}

std::uint64_t read_be(Bytes bytes) noexcept {
  std::uint64_t value = 0;
  for (const std::byte byte : bytes)
    value = value << 8U | std::to_integer<std::uint64_t>(byte);
  return value;
}

Result<std::vector<std::byte>> name_of(Bytes public_area) {
  ASTERISM_TRY(const auto digest, sha256(public_area));
  std::vector<std::byte> name;
  append_be(name, algorithm_id(HashAlgorithm::sha256), 2);
  append(name, digest.bytes());
  return name;
}

}  // namespace asterism::tpm
