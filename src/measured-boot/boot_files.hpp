// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "efi/fat.hpp"

namespace asterism::measured_boot {

/// A PE file of the boot chain.
struct BootFile {
  std::string path;  ///< on the ESP ("EFI/Linux/asterism_1+3.efi") or as given
  efi::FatFile content;
};

/// What the firmware and then systemd-boot load from a disk.
struct BootFiles {
  std::optional<BootFile> boot_loader;  ///< none where the UKI itself lies at EFI/BOOT/BOOTX64.EFI
  BootFile uki;
};

/// Finds the boot chain on a disk image: GPT, EFI system partition, EFI/BOOT/BOOTX64.EFI, EFI/Linux/*.efi.
///
/// Predicting only makes sense if nothing else on the ESP gets measured, so anything that does is refused: add-ons,
/// credentials, extensions, drivers, boot entries of other kinds.
/// @param disk must outlive the result.
/// @param uki_name the file below EFI/Linux to boot; with nullopt the one that systemd-boot would start.
/// @errors those of read_gpt(), FatVolume and choose_boot_entry(); `not_found` without ESP or files; `unsupported` for
///         two ESPs or a file that changes the measurements, naming it.
[[nodiscard]] Result<BootFiles> find_boot_files(const ByteView& disk, const std::optional<std::string>& uki_name);

/// Whether the bytes look like a PE file rather than a disk.
[[nodiscard]] bool looks_like_pe(const ByteView& file);

}  // namespace asterism::measured_boot
