// SPDX-License-Identifier: Apache-2.0
// The first program of the initramfs, /init. It judges what nobody measures and becomes the service manager.
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

#include "common/unique_fd.hpp"
#include "linux_kernel.hpp"

namespace asterism::boot_guard {
namespace {

constexpr auto service_manager = "/usr/lib/systemd/systemd";
constexpr int usage_exit_code = 2;

Workspace workspace;

[[noreturn]] void guard(char** argv) noexcept {
  LinuxKernel kernel;
  Findings findings;
  {
    const UniqueFd root{::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)};
    findings = inspect(kernel, root.get(), workspace);
  }
  auto verdict = decide(findings);
  if (verdict == Verdict::proceed) {
    ::execv(service_manager, argv);
    verdict = Verdict::no_service_manager;
  }
  refuse_boot(kernel, explain(findings, verdict).view());
}

}  // namespace
}  // namespace asterism::boot_guard

int main(int /*argc*/, char** argv) {
  if (::getpid() != 1) {
    std::fputs("boot-guard: error: it is the first program of the initramfs and does nothing else\n", stderr);
    return asterism::boot_guard::usage_exit_code;
  }
  asterism::boot_guard::guard(argv);
}
