// SPDX-License-Identifier: Apache-2.0
#include "esp.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <sys/mount.h>

#include "common/fs.hpp"
#include "join/document.hpp"

namespace asterism::join {
namespace {

constexpr unsigned long mount_flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOSYMFOLLOW;

/// Mounted while it lives.
class Mounted {
 public:
  explicit Mounted(std::string where) : where_{std::move(where)} {}
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;
  Mounted(Mounted&&) = delete;
  Mounted& operator=(Mounted&&) = delete;
  ~Mounted() { static_cast<void>(::umount2(where_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW)); }

 private:
  std::string where_;
};

}  // namespace

Result<> fetch_document(const std::string& device, const std::string& output) {
  std::error_code failure;
  const std::filesystem::path place{output};
  const std::string where = (place.parent_path() / "esp").string();
  std::filesystem::create_directories(where, failure);
  if (failure) return std::unexpected{Error::from_errno(failure.value(), std::format("making '{}'", where))};
  if (!std::filesystem::exists(device)) return {};
  if (::mount(device.c_str(), where.c_str(), "vfat", mount_flags, nullptr) != 0) {
    const Error error = Error::from_errno(errno, std::format("mounting '{}'", device));
    std::fprintf(stderr, "join-agent: no document: %s\n", error.message().c_str());
    return {};
  }
  const Mounted mounted{where};
  const UniqueFd folder{::open(where.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)};
  if (!folder) return std::unexpected{Error::from_errno(errno, std::format("opening '{}'", where))};
  ASTERISM_TRY(const auto document, read_document(folder.get()), "document on the ESP");
  if (!document) return {};
  std::fprintf(stderr, "join-agent: the ESP has a document; the node joins a cluster\n");
  return write_file_atomically(output, *document, 0600);
}

}  // namespace asterism::join
