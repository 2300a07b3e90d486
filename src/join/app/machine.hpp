// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "attestation/evidence/measurer.hpp"
#include "attestation/evidence/tsm.hpp"
#include "common/cli.hpp"
#include "tpm/tpm.hpp"

namespace asterism::join {

/// Where a machine has what it proves itself with.
struct MachineOptions {
  std::string tcti = "device:/dev/tpmrm0";
  std::string tsm = attestation::tsm_folder;
  std::string measurements = attestation::userspace_log_path;

  /// --tcti, --tsm and --measurements; the options outlive the parsing.
  void add_to(CLI::App& app);
};

/// What the machine has to prove itself with, found at run time: one image for all. Either may be absent.
struct Machine {
  std::unique_ptr<tpm::Tpm> tpm;
  std::unique_ptr<attestation::TsmReports> tsm;
};

/// @errors those of open_tpm() but `unavailable`, which means that there is no TPM.
[[nodiscard]] Result<Machine> look_around(const MachineOptions& options);

}  // namespace asterism::join
