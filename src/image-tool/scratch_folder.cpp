// SPDX-License-Identifier: Apache-2.0
#include "image-tool/scratch_folder.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "common/bytes.hpp"

namespace asterism::image_tool {

Result<ScratchFolder> ScratchFolder::make(const std::string& parent) {
  std::string path = parent + "/.scratch-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    return std::unexpected{Error::from_errno(errno, std::format("making a folder in '{}'", printable(parent)))};
  }
  return ScratchFolder{std::move(path)};
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;  // what is left over costs space only
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<> move_file(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) {
    return std::unexpected{Error::from_errno(errno, std::format("writing '{}'", printable(to)))};
  }
  return {};
}

}  // namespace asterism::image_tool
