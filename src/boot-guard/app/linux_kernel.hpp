// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <sys/utsname.h>

#include "boot-guard/inspection.hpp"

namespace asterism::boot_guard {

/// The running kernel. Paths are below "/".
class LinuxKernel final : public Kernel {
 public:
  LinuxKernel() noexcept;
  [[nodiscard]] int mount(const char* type, const char* target) noexcept override;
  [[nodiscard]] int load_module(int fd, bool compressed) noexcept override;
  [[nodiscard]] const char* release() noexcept override { return name_.release; }

 private:
  utsname name_{};
};

/// Writes `text` to every console that the kernel has, waits until a person could read it, and switches the machine
/// off.
///
/// Off and not restarted: what was refused is still there after a restart, and a machine that is off is seen.
[[noreturn]] void refuse_boot(LinuxKernel& kernel, std::string_view text) noexcept;

}  // namespace asterism::boot_guard
