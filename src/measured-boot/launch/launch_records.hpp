// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "manifest/launch.hpp"
#include "measured-boot/prediction.hpp"

namespace asterism::measured_boot {

/// A firmware file that a platform starts the image with.
struct LaunchFirmware {
  std::string platform;  ///< one of manifest::platforms
  std::string path;
};

/// "qemu=/usr/share/ovmf/OVMF.fd". @errors `usage` for another form or an unknown platform.
[[nodiscard]] Result<LaunchFirmware> parse_launch_firmware(std::string_view text);

/// A manifest's records for one firmware: SEV-SNP launch digests for each CPU model and 1, 2, 4 … 64 processors; MRTD,
/// and RTMR 1 (of the first boot: later the partition table is another one), 2 and 3 for each state of Secure Boot that
/// `measurements` predicts. Every record has the firmware's SHA-256 as a condition.
///
/// Firmware that says nothing to one of the technologies gets no record for it. RTMR 0 depends on the machine.
/// @param disk the bytes of the raw disk, for the partition table.
/// @param variables of Secure Boot; without them there are no RTMRs for Secure Boot switched on.
/// @errors those of describe_file(), Ovmf::parse(), snp_values(), mrtd(), add_rtmrs(), with the file's path.
[[nodiscard]] Result<std::vector<manifest::LaunchRecord>> launch_records(
    const LaunchFirmware& firmware, Bytes disk, const BootFiles& files, const Measurements& measurements,
    const std::optional<SecureBootVariables>& variables);

}  // namespace asterism::measured_boot
