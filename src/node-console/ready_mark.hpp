// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace asterism::node_console {

/// Remembers over a restart of this program, but not over a reboot, that the ready line was printed.
///
/// The mark is made before the line is: a crash between the two loses the line, but nothing prints it twice.
class ReadyMark {
 public:
  /// @param folder below /run, e.g. what the service manager gives as RUNTIME_DIRECTORY; empty for no memory at all.
  explicit ReadyMark(const std::string& folder);

  [[nodiscard]] bool is_set() const;

  /// Sets the mark. Where that fails (no folder, full file system) the line is printed all the same.
  void set() const;

 private:
  std::string path_;
};

}  // namespace asterism::node_console
