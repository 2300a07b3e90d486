// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "measured-boot/pcr.hpp"

namespace asterism::measured_boot::testing {

/// Digests whose bytes are all `value`.
inline BankDigests filled(int value) {
  const std::vector<std::byte> bytes(48, static_cast<std::byte>(value));
  BankDigests digests;
  digests.sha256 = Digest::from_bytes(HashAlgorithm::sha256, Bytes{bytes}.first(32)).value();
  digests.sha384 = Digest::from_bytes(HashAlgorithm::sha384, bytes).value();
  return digests;
}

}  // namespace asterism::measured_boot::testing
