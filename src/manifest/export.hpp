// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "manifest/manifest.hpp"

namespace asterism::manifest {

/// Which of a manifest's values another format gets: those have room for one boot each.
struct ExportChoice {
  SecureBoot secure_boot = SecureBoot::on;
  Stage stage = Stage::ready;     ///< for PCR 11; one of kernel_boot_stages
  std::string ref = "-";          ///< branch of the image, for measurements v2
  std::string stream = "stable";  ///< for measurements v2
};

/// The reference system's measurements, version 2: one entry for each platform and kind of evidence, SHA-256 bank.
/// PCR 7 only warns, since it depends on the keys that a platform has enrolled.
/// @errors `not_found` if a platform has no values for the state of Secure Boot.
[[nodiscard]] Result<Json> export_measurements_v2(const Manifest& manifest, const ExportChoice& choice);

/// An unsigned CoRIM with one CoMID: a reference triple for each platform (integrity registers are PCRs, in both banks)
/// and for each value of a launch register. Its validity is that of the release, if there is one.
/// @errors `not_found` if no platform has values for the state of Secure Boot; `internal` from libcbor.
/// @source draft-ietf-rats-corim-10; digest algorithms are those of IANA's "Named Information Hash Algorithm Registry".
/// @checked tests/interop/signing/export.py decodes it with another CBOR library.
[[nodiscard]] Result<std::vector<std::byte>> export_corim(const Manifest& manifest, const ExportChoice& choice);

/// systemd's .pcrlock records for boot loader and UKI: what `systemd-pcrlock lock-pe` and `lock-uki` make of the files.
/// The separator and the phases are in components that systemd ships; command line and initramfs (PCR 9) need the
/// files: `measured-boot predict --format=pcrlock`.
/// @errors `internal` from OpenSSL.
/// @source systemd.pcrlock(5). @checked tests/interop/signing/export.py with systemd-pcrlock.
[[nodiscard]] Result<Json> export_pcrlock(const Manifest& manifest);

}  // namespace asterism::manifest
