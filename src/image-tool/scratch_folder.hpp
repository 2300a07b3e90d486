// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "common/error.hpp"

namespace asterism::image_tool {

/// A new folder that is removed with all it holds when its owner goes.
class ScratchFolder {
 public:
  /// @param parent an existing folder; the new one has a name of its own in it, starting with '.'.
  /// @errors `not_found`; `io`.
  [[nodiscard]] static Result<ScratchFolder> make(const std::string& parent);

  ScratchFolder(ScratchFolder&& other) noexcept : path_{std::exchange(other.path_, {})} {}
  ScratchFolder& operator=(ScratchFolder&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// The path of something in the folder.
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  explicit ScratchFolder(std::string path) noexcept : path_{std::move(path)} {}

  std::string path_;
};

/// Moves a file within one file system, in place of what stood there. @errors `not_found`; `io`.
[[nodiscard]] Result<> move_file(const std::string& from, const std::string& to);

}  // namespace asterism::image_tool
