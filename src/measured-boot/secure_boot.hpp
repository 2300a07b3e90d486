// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "efi/pe.hpp"
#include "measured-boot/pcr.hpp"

namespace asterism::measured_boot {

/// Contents of the Secure Boot variables; empty means that the variable does not exist. The firmware measures an absent
/// PK, KEK, db or dbx as if it were empty, and dbt only where it exists. SetupMode is not measured.
struct SecureBootVariables {
  std::vector<std::byte> pk;
  std::vector<std::byte> kek;
  std::vector<std::byte> db;
  std::vector<std::byte> dbx;
  std::vector<std::byte> dbt = {};  ///< time stamp authorities
};

/// Reads them from a folder with PK.esl, KEK.esl, db.esl, dbx.esl and dbt.esl (an absent file is an empty variable), or
/// from an OVMF variable store file.
/// @errors `not_found`, `io`; `corrupt` for malformed signature lists or stores; `not_found` for a folder with none of
///         the files.
[[nodiscard]] Result<SecureBootVariables> load_secure_boot_variables(const std::string& path);

/// A PE file that the firmware loads, with its Authenticode digests.
struct LoadedImage {
  const efi::PeImage* image = nullptr;
  const BankDigests* digests = nullptr;
  std::string_view name;
};

/// PCR 7 of a boot: the variables, a separator, and with Secure Boot on the db entries that let `images` start.
///
/// Each entry is measured once, when the first image needs it: the first certificate in db order that an image's
/// signature leads to, else the image's own digest in db.
/// @errors `unverified` if Secure Boot would refuse one of the images, or is on without a PK; `internal`.
/// @source EDK2 SecurityPkg/Library/DxeImageVerificationLib, DxeTpm2MeasureBootLib; TCG PFP 1.06 section 3.3.4.8.
/// @checked tests/interop/secure_boot.py; boot tests compare with a TPM.
[[nodiscard]] Result<std::vector<Event>> secure_boot_events(SecureBoot state, const SecureBootVariables& variables,
                                                            const std::vector<LoadedImage>& images);

}  // namespace asterism::measured_boot
