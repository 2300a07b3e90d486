// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "manifest/pcr_values.hpp"
#include "measured-boot/prediction.hpp"

namespace asterism::measured_boot {

using manifest::BankValues;
using manifest::kernel_boot_stages;
using manifest::PcrValues;

/// Computes the values. @errors `internal` from OpenSSL.
[[nodiscard]] Result<BankValues> bank_values(const Prediction& prediction);

}  // namespace asterism::measured_boot
