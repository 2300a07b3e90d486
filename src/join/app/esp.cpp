// SPDX-License-Identifier: Apache-2.0
#include "esp.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <sys/mount.h>

#include "common/unique_fd.hpp"
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

Result<std::optional<std::vector<std::byte>>> document_of_esp(const std::string& device, const std::string& where) {
  const std::optional<std::vector<std::byte>> none;
  std::error_code failure;
  std::filesystem::create_directories(where, failure);
  if (failure) return std::unexpected{Error::from_errno(failure.value(), std::format("making '{}'", where))};
  if (!std::filesystem::exists(device)) return none;
  if (::mount(device.c_str(), where.c_str(), "vfat", mount_flags, nullptr) != 0) {
    const Error error = Error::from_errno(errno, std::format("mounting '{}'", device));
    std::fprintf(stderr, "join-agent: no document: %s\n", error.message().c_str());
    return none;
  }
  const Mounted mounted{where};
  const UniqueFd folder{::open(where.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)};
  if (!folder) return std::unexpected{Error::from_errno(errno, std::format("opening '{}'", where))};
  return read_document(folder.get());
}

}  // namespace asterism::join
