// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/uuid.hpp"

#include "common/secret.hpp"

namespace asterism::disk_mapper {

Result<std::string> random_uuid() {
  ASTERISM_TRY(auto random, SecretBytes::random(16));
  const auto bytes = random.writable();
  bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  std::string text = to_hex(bytes);
  for (const std::size_t dash : {20U, 16U, 12U, 8U})
    text.insert(dash, 1, '-');
  return text;
}

}  // namespace asterism::disk_mapper
