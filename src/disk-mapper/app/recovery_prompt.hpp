// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <termios.h>

#include "common/error.hpp"
#include "common/secret.hpp"
#include "common/unique_fd.hpp"

namespace asterism::disk_mapper {

/// Waits for a recovery key: from `disk-mapper recover`, which leaves it in a file, or typed on the console, where it
/// is not shown. What is typed there, the owner of the console sees; who does not trust him uses the file.
class RecoveryPrompt {
 public:
  /// @param file that `recover` moves into its place; its folder has to exist.
  /// @param console a terminal; whatever else it is, it is left alone. @errors `io`.
  [[nodiscard]] static Result<RecoveryPrompt> open(const char* file, const char* console);

  RecoveryPrompt(RecoveryPrompt&& other) noexcept;
  RecoveryPrompt& operator=(RecoveryPrompt&&) = delete;
  RecoveryPrompt(const RecoveryPrompt&) = delete;
  RecoveryPrompt& operator=(const RecoveryPrompt&) = delete;
  /// The console echoes again.
  ~RecoveryPrompt();

  /// The next key that is well-formed; of others it says on standard error what is wrong. @errors `io`.
  [[nodiscard]] Result<SecretBytes> wait();

 private:
  RecoveryPrompt(const char* file, UniqueFd watch, UniqueFd console);

  void ask() const;
  [[nodiscard]] Result<std::optional<SecretBytes>> take_file() const;
  [[nodiscard]] std::optional<SecretBytes> take_line();

  const char* file_;
  UniqueFd watch_;
  UniqueFd console_;
  termios before_{};
};

}  // namespace asterism::disk_mapper
