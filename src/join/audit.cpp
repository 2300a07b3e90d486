// SPDX-License-Identifier: Apache-2.0
#include "join/audit.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace asterism::join {

std::string to_line(const Json& value) {
  // Line ends and indentation stand only between tokens: in strings they are escaped.
  const std::string text = value.to_text();
  std::string line;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\n') {
      line.push_back(text[i]);
      continue;
    }
    while (i + 1 < text.size() && text[i + 1] == ' ')
      ++i;
  }
  return line;
}

Result<AuditLog> AuditLog::open(const std::string& path) {
  UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file) return std::unexpected{Error::from_errno(errno, std::format("opening the audit log '{}'", path))};
  return AuditLog{std::move(file), path};
}

Result<> AuditLog::write(Json::Object fields, Timestamp time) {
  fields.insert_or_assign("time", format_timestamp(time));
  const std::string line = to_line(Json{std::move(fields)}) + "\n";
  if (::write(file_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
      ::fdatasync(file_.get()) != 0) {
    return std::unexpected{Error::from_errno(errno, std::format("writing the audit log '{}'", path_))};
  }
  return {};
}

}  // namespace asterism::join
