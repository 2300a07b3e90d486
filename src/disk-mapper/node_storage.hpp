// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "common/secret.hpp"
#include "disk-mapper/header/image.hpp"

namespace asterism::disk_mapper {

/// Names of the device-mapper devices, bottom up: integrity tags, encryption, the part of it that may be read.
inline constexpr const char* integrity_name = "state-auth_dif";  // libcryptsetup's name for what is below state-auth
inline constexpr const char* opened_name = "state-auth";
inline constexpr const char* state_name = "state";

/// Disk and kernel, as far as the state disk needs them. Sizes and offsets in bytes; `device` is the path of the
/// partition or disk, the rest has one instance and needs no name. Whatever returns is durable.
///
/// @errors of all: `io` where the kernel refuses or the medium fails; `not_found` for a device that is not there;
///         `corrupt` where a block of the opened device fails its authentication.
class NodeStorage {
 public:
  virtual ~NodeStorage() = default;

  [[nodiscard]] virtual Result<std::uint64_t> size(const std::string& device) = 0;
  [[nodiscard]] virtual Result<std::vector<std::byte>> read(const std::string& device, std::uint64_t offset,
                                                            std::uint64_t size) = 0;
  [[nodiscard]] virtual Result<> write(const std::string& device, std::uint64_t offset, Bytes bytes) = 0;

  /// Lays a fresh dm-integrity behind the header: superblock and empty journal, no tag written.
  [[nodiscard]] virtual Result<> make_integrity(const std::string& device) = 0;

  /// Opens the encrypted device from the header in memory, with all that the device below has grown by.
  /// @returns its size. @errors `corrupt` where there is no superblock of dm-integrity.
  [[nodiscard]] virtual Result<std::uint64_t> activate(const HeaderFile& header, const std::string& device,
                                                       const SecretBytes& volume_key) = 0;
  /// Undoes activate() and map_state(); fine where nothing is active.
  [[nodiscard]] virtual Result<> deactivate() = 0;
  [[nodiscard]] virtual Result<std::vector<std::byte>> read_opened(std::uint64_t offset, std::uint64_t size) = 0;
  [[nodiscard]] virtual Result<> write_opened(std::uint64_t offset, Bytes bytes) = 0;
  /// Both multiples of 4096.
  [[nodiscard]] virtual Result<> write_zeros(std::uint64_t offset, std::uint64_t size) = 0;

  /// Shows `size` bytes of the opened device, from `offset` on, as the state device; may be called again with a
  /// larger size while that is mounted.
  [[nodiscard]] virtual Result<> map_state(std::uint64_t offset, std::uint64_t size) = 0;
  [[nodiscard]] virtual Result<> make_filesystem(const std::string& uuid) = 0;
  [[nodiscard]] virtual Result<> mount(const std::string& where) = 0;
  /// Grows the mounted file system to `size`; does nothing where it has that size.
  [[nodiscard]] virtual Result<> grow_filesystem(const std::string& where, std::uint64_t size) = 0;
};

}  // namespace asterism::disk_mapper
