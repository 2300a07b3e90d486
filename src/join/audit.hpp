// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/json.hpp"
#include "common/timestamp.hpp"
#include "common/unique_fd.hpp"

namespace asterism::join {

/// The audit log: one JSON object a line, on disk before the answer goes out.
class AuditLog {
 public:
  /// Opens it for appending. @errors `io`, `not_found`.
  [[nodiscard]] static Result<AuditLog> open(const std::string& path);

  /// Adds `time` to the fields and writes the line. @errors `io`; the caller refuses what cannot be noted.
  [[nodiscard]] Result<> write(Json::Object fields, Timestamp time);

 private:
  explicit AuditLog(UniqueFd file, std::string path) : file_{std::move(file)}, path_{std::move(path)} {}

  UniqueFd file_;
  std::string path_;
};

/// A JSON value in one line, without spaces.
[[nodiscard]] std::string to_line(const Json& value);

}  // namespace asterism::join
