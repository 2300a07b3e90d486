// SPDX-License-Identifier: Apache-2.0
#include "tpm/nv.hpp"

#include "tpm/wire.hpp"

namespace asterism::tpm {

std::vector<std::byte> NvPublic::marshalled() const {
  std::vector<std::byte> out;
  append_be(out, handle, 4);
  append_be(out, algorithm_id(HashAlgorithm::sha256), 2);
  append_be(out, attributes, 4);
  append_sized(out, write_policy ? write_policy->bytes() : Bytes{});
  append_be(out, size_bytes, 2);
  return out;
}

Result<std::vector<std::byte>> NvPublic::name() const {
  return name_of(marshalled());
}

NvPublic NvPublic::after_write() const {
  NvPublic later = *this;
  later.attributes |= nv_attribute::written;
  return later;
}

bool NvPublic::defined_like(const NvPublic& other) const noexcept {
  constexpr std::uint32_t state = nv_attribute::written | nv_attribute::write_locked;
  return handle == other.handle && (attributes & ~state) == (other.attributes & ~state) &&
         write_policy == other.write_policy && size_bytes == other.size_bytes;
}

}  // namespace asterism::tpm
