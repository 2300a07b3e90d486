// SPDX-License-Identifier: Apache-2.0
#include "machine.hpp"

#include <filesystem>

#include <CLI/CLI.hpp>

namespace asterism::join {

void MachineOptions::add_to(CLI::App& app) {
  app.add_option("--tcti", tcti, "How the TPM is reached")->capture_default_str();
  app.add_option("--tsm", tsm, "Folder of the kernel's TSM reports")->capture_default_str();
  app.add_option("--measurements", measurements, "Log of userspace measurements")->capture_default_str();
}

Result<Machine> look_around(const MachineOptions& options) {
  Machine machine;
  auto tpm = tpm::open_tpm(options.tcti);
  if (tpm) {
    machine.tpm = *std::move(tpm);
  } else if (tpm.error().code() != Errc::unavailable) {
    return std::unexpected{std::move(tpm).error()};
  }
  if (std::filesystem::is_directory(options.tsm)) machine.tsm = attestation::kernel_tsm(options.tsm);
  return machine;
}

}  // namespace asterism::join
