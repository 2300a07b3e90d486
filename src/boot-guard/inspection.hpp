// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include "boot-guard/decision.hpp"

namespace asterism::boot_guard {

/// Port: what the kernel does for us. Every function gives 0 or an errno value.
class Kernel {
 public:
  Kernel(const Kernel&) = delete;
  Kernel(Kernel&&) = delete;
  Kernel& operator=(const Kernel&) = delete;
  Kernel& operator=(Kernel&&) = delete;
  virtual ~Kernel() = default;

  /// Mounts the file system `type` on `target`, relative to the root, nosuid, nodev, noexec.
  [[nodiscard]] virtual int mount(const char* type, const char* target) noexcept = 0;

  /// Loads the module in the open file; `compressed` as modules are in the kernel's own format.
  [[nodiscard]] virtual int load_module(int fd, bool compressed) noexcept = 0;

  /// As uname -r prints it: the folder below /lib/modules.
  [[nodiscard]] virtual const char* release() noexcept = 0;

 protected:
  Kernel() = default;
};

/// Storage of the findings; reserved before the program starts, since PID 1 cannot afford to run out of it.
struct Workspace {
  // COMMAND_LINE_SIZE is 2048 on x86; a longer line is refused.
  std::array<char, 4096> running{};
  std::array<char, 4096> expected{};
  std::array<char, 512> variable{};
  std::array<std::byte, 16384> folder{};
};

/// Mounts /proc, /sys and efivarfs where they are missing, loads the efivarfs module for that, and looks.
///
/// The mounts stay. efivarfs lists the firmware's variables when it is mounted, and shows no other afterwards, whatever
/// the firmware says later (Linux 6.12 fs/efivarfs/super.c): the service manager, which keeps a mount that it finds,
/// sees exactly what was judged here.
/// @param root the root folder. @param workspace outlives the findings.
[[nodiscard]] Findings inspect(Kernel& kernel, int root, Workspace& workspace) noexcept;

}  // namespace asterism::boot_guard
