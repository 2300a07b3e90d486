// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/bank_values.hpp"

namespace asterism::measured_boot {

Result<BankValues> bank_values(const Prediction& prediction) {
  BankValues banks;
  for (const HashAlgorithm bank : hash_algorithms) {
    PcrValues& values = banks[bank];
    for (const PcrIndex pcr : prediction.pcrs) {
      if (pcr == pcr_kernel_boot) continue;
      ASTERISM_TRY(const auto value, replay(prediction.events, pcr, bank));
      values.settled.emplace(pcr, value);
    }
    for (const Stage stage : kernel_boot_stages) {
      ASTERISM_TRY(const auto value, replay(prediction.events, pcr_kernel_boot, bank, stage));
      values.kernel_boot.emplace(stage, value);
    }
  }
  return banks;
}

}  // namespace asterism::measured_boot
