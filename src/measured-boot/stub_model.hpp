// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "efi/pe.hpp"

namespace asterism::measured_boot {

/// A section that systemd-stub knows, and whether it measures it into PCR 11.
struct SectionRule {
  std::string_view name;
  bool measured = true;
};

/// A section that systemd-stub wraps into a cpio archive behind the initrd, as /.extra/<file>.
struct ExtraFile {
  std::string_view section;
  std::string_view file;
};

/// When the firmware measures the kernel inside the UKI into PCR 4.
enum class InnerKernel : std::uint8_t {
  measured_without_secure_boot,  ///< loaded by LoadImage(); with Secure Boot on, an override skips the measurement
  never,                         ///< loaded by the stub itself
};

/// What one range of systemd versions measures and how it builds the initrd.
/// @source systemd tags v252 to v261, src/fundamental/uki.h, src/boot/stub.c, src/boot/linux.c.
/// @checked tests/interop/systemd_measure.py (PCR 11); boot tests compare the rest with a TPM.
struct StubModel {
  unsigned first = 0;                      ///< first version it holds for
  unsigned last = 0;                       ///< last version it holds for
  std::span<const SectionRule> sections;   ///< in the order of measurement
  std::span<const ExtraFile> extra_files;  ///< in the order of the archives
  InnerKernel inner_kernel = InnerKernel::never;
  bool profiles = false;             ///< .profile sections select variants
  bool os_separator = false;         ///< systemd measures "os-separator" when the initrd starts
  bool initrd_pcr_extended = false;  ///< userspace may extend PCR 9 (NvPCRs), so its value holds at kernel start
  bool host_shapes_boot = false;  ///< EFI variables add a boot secret to the initrd, devices a console to the options
};

/// The model for a version. @errors `unsupported` outside 252 to 262.
[[nodiscard]] Result<const StubModel*> find_stub_model(unsigned version);

/// All models, by version.
[[nodiscard]] std::span<const StubModel> stub_models() noexcept;

/// The version of the stub in an image, e.g. {257, "257.13-1~deb13u1"}.
struct StubVersion {
  unsigned major = 0;
  std::string text;
};

/// Reads it from `.sdmagic` ("#### LoaderInfo: systemd-stub 257.13 ####"), else from the systemd-stub line of `.sbat`.
/// @errors `unsupported` if the image is no systemd-stub image.
[[nodiscard]] Result<StubVersion> read_stub_version(const efi::PeImage& image);

/// The version of the boot loader in an image. @errors `unsupported` if it is no systemd-boot.
[[nodiscard]] Result<StubVersion> read_boot_loader_version(const efi::PeImage& image);

}  // namespace asterism::measured_boot
