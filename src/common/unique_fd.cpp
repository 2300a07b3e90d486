// SPDX-License-Identifier: Apache-2.0
#include "common/unique_fd.hpp"

#include <unistd.h>

namespace asterism {

void UniqueFd::reset(int fd) noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

}  // namespace asterism
