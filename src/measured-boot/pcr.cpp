// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/pcr.hpp"

namespace asterism::measured_boot {

Result<BankDigests> hash_banks(Bytes data) {
  BankDigests digests;
  for (const HashAlgorithm bank : hash_algorithms) {
    ASTERISM_TRY(digests.of(bank), hash(bank, data));
  }
  return digests;
}

Result<Digest> replay(std::span<const Event> events, PcrIndex pcr, HashAlgorithm bank, Stage last) {
  Digest value{bank};
  for (const Event& event : events) {
    if (event.pcr != pcr || event.stage > last) continue;
    ASTERISM_TRY(value, hash(bank, {value.bytes(), event.digests.of(bank).bytes()}), "extending PCR {}", pcr);
  }
  return value;
}

}  // namespace asterism::measured_boot
