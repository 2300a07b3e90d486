// SPDX-License-Identifier: Apache-2.0
#include "join/document.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

#include "common/fs.hpp"

namespace asterism::join {
Result<std::optional<std::vector<std::byte>>> read_document(int folder) {
  struct stat status{};
  if (::fstatat(folder, document_on_esp, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<std::vector<std::byte>>{};
    return std::unexpected{Error::from_errno(errno, document_on_esp)};
  }
  if (!S_ISREG(status.st_mode)) return fail(Errc::corrupt, "{} is no file", document_on_esp);
  ASTERISM_TRY(auto content, read_file_at(folder, document_on_esp, document_bytes_max));
  return std::optional{std::move(content)};
}

Result<std::optional<std::vector<std::byte>>> read_fw_cfg_document(const std::string& path) {
  auto content = read_file(path, document_bytes_max);
  if (content) return std::optional{*std::move(content)};
  const Errc code = content.error().code();
  if (code == Errc::not_found) return std::optional<std::vector<std::byte>>{};
  if (code == Errc::unsupported) return fail(Errc::corrupt, "{}", content.error().message());
  return std::unexpected{std::move(content).error()};
}

}  // namespace asterism::join
