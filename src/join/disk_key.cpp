// SPDX-License-Identifier: Apache-2.0
#include "join/disk_key.hpp"

#include <sys/stat.h>

#include "common/fs.hpp"
#include "crypto/decryption.hpp"
#include "crypto/hkdf.hpp"
#include "join/message.hpp"

namespace asterism::join {
namespace {

constexpr std::size_t master_bytes = 32;
constexpr std::uint64_t wrapped_bytes_max = 1024;

Result<SecretBytes> sized(SecretBytes secret) {
  if (secret.size() != master_bytes) {
    return fail(Errc::corrupt, "the master secret has {} bytes, not {}", secret.size(), master_bytes);
  }
  return secret;
}

class FileSecret final : public MasterSecret {
 public:
  explicit FileSecret(std::string path) : path_{std::move(path)} {}

  Result<SecretBytes> secret() override {
    struct stat status{};
    if (::stat(path_.c_str(), &status) == 0 && (status.st_mode & 077) != 0) {
      return fail(Errc::unverified, "'{}' may be read by others (mode {:o}): chmod 600", path_, status.st_mode & 0777);
    }
    ASTERISM_TRY(auto bytes, read_file(path_, master_bytes), "master secret");
    auto secret = SecretBytes::copy_of(bytes);
    wipe(bytes);
    if (!secret) return secret;
    return sized(*std::move(secret));
  }

 private:
  std::string path_;
};

class WrappedSecret final : public MasterSecret {
 public:
  WrappedSecret(std::string path, std::string key) : path_{std::move(path)}, key_{std::move(key)} {}

  Result<SecretBytes> secret() override {
    ASTERISM_TRY(const auto wrapped, read_file(path_, wrapped_bytes_max), "master secret");
    ASTERISM_TRY(auto secret, crypto::decrypt_oaep(key_, wrapped), "master secret");
    return sized(std::move(secret));
  }

 private:
  std::string path_;
  std::string key_;
};

}  // namespace

std::unique_ptr<MasterSecret> secret_in_file(std::string path) {
  return std::make_unique<FileSecret>(std::move(path));
}

std::unique_ptr<MasterSecret> wrapped_secret(std::string path, std::string key) {
  return std::make_unique<WrappedSecret>(std::move(path), std::move(key));
}

Result<SecretBytes> derive_disk_key(const SecretBytes& master, std::string_view cluster, std::string_view uuid) {
  if (!is_uuid(uuid)) return fail(Errc::usage, "'{}' is no UUID of a disk", excerpt(uuid));
  if (master.size() != master_bytes) return fail(Errc::usage, "a master secret of {} bytes", master.size());
  std::string info{"asterism state disk 1"};
  info.push_back('\0');
  info += uuid;
  return crypto::hkdf_sha256(master, as_bytes(cluster), as_bytes(info), disk_key_bytes);
}

}  // namespace asterism::join
