// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "measured-boot/pcr.hpp"
#include "measured-boot/secure_boot.hpp"
#include "measured-boot/stub_model.hpp"

namespace asterism::measured_boot {

/// All digests that the events of one boot are made of.
struct BootDigests {
  std::optional<BankDigests> boot_loader;   ///< Authenticode; none where the UKI is started directly
  BankDigests uki;                          ///< Authenticode
  std::optional<BankDigests> inner_kernel;  ///< Authenticode of .linux; needed where the model measures it
  std::vector<std::pair<std::string, BankDigests>> sections;  ///< the measured ones, in order
  std::optional<BankDigests> load_options;                    ///< of the kernel; none if it gets none
  std::optional<BankDigests> initrd;                          ///< none if there is none
};

/// The events of PCR 4, 9, 11, 12 and 13 of one clean boot, in order.
/// @errors `internal` from OpenSSL.
[[nodiscard]] Result<std::vector<Event>> boot_events(const StubModel& model, SecureBoot state, unsigned profile,
                                                     const BootDigests& digests);

}  // namespace asterism::measured_boot
