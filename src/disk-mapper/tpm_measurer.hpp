// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "disk-mapper/measurer.hpp"
#include "tpm/tpm.hpp"

namespace asterism::disk_mapper {

/// Extends a TPM and appends to the log of userspace measurements.
class TpmMeasurer final : public Measurer {
 public:
  /// @param tpm outlives the object. @param log path of the log; its folder is made where it is missing.
  TpmMeasurer(tpm::Pcrs& tpm, std::string log) : tpm_{&tpm}, log_{std::move(log)} {}

  /// The log is written first: a cut between the two leaves an entry too many, which a verifier notices, and not an
  /// extension that nothing explains.
  [[nodiscard]] Result<> measure(const std::string& event) override;

 private:
  tpm::Pcrs* tpm_;
  std::string log_;
};

/// For debug images on machines without a TPM: measures nothing, and says so by its name.
class NoMeasurer final : public Measurer {
 public:
  [[nodiscard]] Result<> measure(const std::string& /*event*/) override { return {}; }
};

}  // namespace asterism::disk_mapper
