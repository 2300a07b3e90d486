// SPDX-License-Identifier: Apache-2.0
#include "node-console/ready_mark.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "common/unique_fd.hpp"

namespace asterism::node_console {

ReadyMark::ReadyMark(const std::string& folder) : path_{folder.empty() ? folder : folder + "/ready"} {}

bool ReadyMark::is_set() const {
  return !path_.empty() && ::access(path_.c_str(), F_OK) == 0;
}

void ReadyMark::set() const {
  if (path_.empty()) return;
  const UniqueFd made{::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0444)};
}

}  // namespace asterism::node_console
