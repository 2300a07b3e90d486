// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/linux_storage.hpp"

#include <algorithm>
#include <array>

#include <libcryptsetup.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "disk-mapper/block_io.hpp"
#include "disk-mapper/device_mapper.hpp"
#include "disk-mapper/filesystem.hpp"
#include "disk-mapper/header/copy.hpp"
#include "disk-mapper/header/schema.hpp"
#include "disk-mapper/luks_handle.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::uint64_t sector_bytes = 512;
constexpr std::uint64_t superblock_bytes = 4096;
constexpr std::uint64_t superblock_sectors_at = 16;
constexpr std::string_view superblock_magic{"integrt\0", 8};
/// What dm-integrity is told when it makes its superblock: as small as the kernel allows, the device is not used so.
constexpr std::uint64_t probe_sectors = 8;
constexpr std::uint64_t tag_bytes = 32;
constexpr const char* probe_name = "state-integrity-probe";
/// The table that an opened device must have, whatever a library made of the header.
constexpr std::string_view crypt_start = "capi:authenc(hmac(sha256),xts(aes))-plain64 ";
constexpr std::string_view crypt_end = " integrity:32:aead sector_size:4096";

class LinuxStorage final : public NodeStorage {
 public:
  Result<std::uint64_t> size(const std::string& device) override { return block_size_bytes(device); }
  Result<std::vector<std::byte>> read(const std::string& device, std::uint64_t offset, std::uint64_t size) override {
    return read_block(device, offset, size);
  }
  Result<> write(const std::string& device, std::uint64_t offset, Bytes bytes) override {
    return write_block(device, offset, bytes);
  }

  Result<> make_integrity(const std::string& device) override {
    const std::vector<std::byte> none(superblock_bytes);
    ASTERISM_CHECK(write_block(device, header_bytes, none), "wiping the integrity superblock");
    return probe_integrity(device);
  }

  Result<std::uint64_t> activate(const HeaderFile& header, const std::string& device,
                                 const SecretBytes& volume_key) override {
    ASTERISM_TRY(const auto before, protected_sectors(device));
    ASTERISM_TRY(const auto size, make_opened(header, device, volume_key));
    // The kernel looks at the device's size whenever a table is made, and enlarges its superblock by itself. The table
    // itself is as large as the superblock was.
    ASTERISM_TRY(const auto after, protected_sectors(device));
    if (after == before) return size;
    ASTERISM_CHECK(deactivate());
    return make_opened(header, device, volume_key);
  }

  Result<> deactivate() override {
    ASTERISM_CHECK(dm_remove(state_name));
    ASTERISM_CHECK(dm_remove(opened_name));
    return dm_remove(integrity_name);
  }

  Result<std::vector<std::byte>> read_opened(std::uint64_t offset, std::uint64_t size) override {
    return read_block(dm_path(opened_name), offset, size);
  }
  Result<> write_opened(std::uint64_t offset, Bytes bytes) override {
    return write_block(dm_path(opened_name), offset, bytes);
  }
  Result<> write_zeros(std::uint64_t offset, std::uint64_t size) override {
    return write_zero_blocks(dm_path(opened_name), offset, size);
  }

  Result<> map_state(std::uint64_t offset, std::uint64_t size) override {
    const DmTable table{.sectors = size / sector_bytes,
                        .type = "linear",
                        .parameters = std::format("{} {}", dm_path(opened_name), offset / sector_bytes)};
    ASTERISM_TRY(const auto present, dm_table(state_name));
    if (!present) return dm_create(state_name, table);
    if (table.sectors < present->sectors) {
      return fail(Errc::internal, "the state device would shrink from {} to {} sectors", present->sectors,
                  table.sectors);
    }
    return table.sectors == present->sectors ? Result<>{} : dm_replace(state_name, table);
  }

  Result<> make_filesystem(const std::string& uuid) override { return make_ext4(dm_path(state_name), uuid); }
  Result<> mount(const std::string& where) override { return mount_ext4(dm_path(state_name), where); }
  Result<> grow_filesystem(const std::string& where, std::uint64_t size) override { return grow_ext4(where, size); }

 private:
  /// How many sectors the superblock of dm-integrity says that there are to be had.
  /// @source Linux 6.12, drivers/md/dm-integrity.c, struct superblock.
  static Result<std::uint64_t> protected_sectors(const std::string& device) {
    ASTERISM_TRY(const auto start, read_block(device, header_bytes, superblock_bytes));
    // Where it finds none, the kernel would make a new one with an empty journal: what stood in the old one, and was
    // acknowledged, would be gone without a word.
    if (!as_text(start).starts_with(superblock_magic))
      return fail(Errc::corrupt, "'{}' has no superblock of dm-integrity", device);
    return ByteView{start}.u64(superblock_sectors_at, "number of sectors");
  }

  static Result<std::uint64_t> make_opened(const HeaderFile& header, const std::string& device,
                                           const SecretBytes& volume_key) {
    // Private: udev does not probe it, and so reads no block that was never written.
    constexpr std::uint32_t flags =
        CRYPT_ACTIVATE_PRIVATE | CRYPT_ACTIVATE_NO_READ_WORKQUEUE | CRYPT_ACTIVATE_NO_WRITE_WORKQUEUE;
    ASTERISM_TRY(const auto context, load_header(header, device));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libcryptsetup's keys are char
    const auto* const key = reinterpret_cast<const char*>(volume_key.bytes().data());
    const int done = ::crypt_activate_by_volume_key(context.get(), opened_name, key, volume_key.size(), flags);
    if (done < 0) return std::unexpected{crypt_error(done, std::format("opening '{}'", device))};
    ASTERISM_TRY(const auto table, dm_table(opened_name));
    if (!table || table->type != "crypt" || !table->parameters.starts_with(crypt_start) ||
        !table->parameters.contains(crypt_end))
      return fail(Errc::internal, "'{}' was opened with other parameters than those of a state disk", device);
    return table->sectors * sector_bytes;
  }

  /// Makes and removes an integrity device: the kernel writes a superblock and an empty journal where there are none.
  static Result<> probe_integrity(const std::string& device) {
    const DmTable table{.sectors = probe_sectors,
                        .type = "integrity",
                        .parameters = std::format("{} {} {} J 2 block_size:{} fix_padding", device,
                                                  header_bytes / sector_bytes, tag_bytes, data_sector_bytes)};
    ASTERISM_CHECK(dm_remove(probe_name));
    ASTERISM_CHECK(dm_create(probe_name, table), "laying dm-integrity on '{}'", device);
    return dm_remove(probe_name);
  }
};

}  // namespace

std::unique_ptr<NodeStorage> linux_storage() {
  return std::make_unique<LinuxStorage>();
}

}  // namespace asterism::disk_mapper
