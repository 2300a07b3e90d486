// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/file_provider.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "common/digest.hpp"
#include "disk-mapper/block_io.hpp"
#include "disk-mapper/header/zeros.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::size_t block_bytes = 4096;
constexpr std::size_t at_digest = block_bytes - 32;
constexpr std::string_view magic = "asterism key 1: not protected\n";
constexpr std::size_t at_key = 64;
constexpr std::size_t at_uuid = at_key + node_key_bytes;
constexpr std::size_t uuid_bytes = 36;

/// What the block holds.
struct Entry {
  std::string uuid;
  SecretBytes key;
};

class FileProvider final : public KeyProvider {
 public:
  explicit FileProvider(std::string path) : path_{std::move(path)} {}

  [[nodiscard]] std::string_view name() const noexcept override { return "file"; }

  [[nodiscard]] Result<bool> has_record() override {
    ASTERISM_TRY(const auto entry, read());
    return entry.has_value();
  }

  [[nodiscard]] Result<std::string> seal(const SecretBytes& key) override {
    if (key.size() != node_key_bytes) return fail(Errc::usage, "a key of {} bytes", key.size());
    ASTERISM_TRY(sealed_, SecretBytes::copy_of(key.bytes()));
    return std::string{};
  }

  [[nodiscard]] Result<> commit(const DiskIdentity& disk) override {
    ASTERISM_TRY(const auto entry, read());
    if (entry && entry->uuid != disk.uuid) return fail(Errc::conflict, "'{}' records disk {}", path_, entry->uuid);
    return write(disk.uuid);
  }

  [[nodiscard]] Result<SecretBytes> load(const DiskIdentity& disk) override {
    ASTERISM_TRY(auto entry, read());
    if (!entry) return fail(Errc::not_found, "'{}' records no disk", path_);
    if (entry->uuid != disk.uuid)
      return fail(Errc::unverified, "{} is not the disk that this node made, {}", disk.uuid, entry->uuid);
    return std::move(entry->key);
  }

 private:
  [[nodiscard]] Result<std::optional<Entry>> read() const {
    auto block = read_block(path_, 0, block_bytes);
    if (!block) return fail(Errc::unavailable, "{}", block.error().message());
    if (is_zero(*block)) return std::optional<Entry>{};
    ASTERISM_TRY(const auto digest, sha256(Bytes{*block}.first(at_digest)));
    if (!as_text(*block).starts_with(magic) || !std::ranges::equal(digest.bytes(), Bytes{*block}.subspan(at_digest)))
      return fail(Errc::corrupt, "'{}' holds no key", path_);
    ASTERISM_TRY(auto key, SecretBytes::copy_of(Bytes{*block}.subspan(at_key, node_key_bytes)));
    Entry entry{.uuid = std::string{as_text(Bytes{*block}.subspan(at_uuid, uuid_bytes))}, .key = std::move(key)};
    wipe(*block);
    return entry;
  }

  [[nodiscard]] Result<> write(const std::string& uuid) const {
    if (sealed_.size() != node_key_bytes || uuid.size() != uuid_bytes)
      return fail(Errc::internal, "no key was sealed for disk {}", uuid);
    std::vector<std::byte> block;
    block.reserve(block_bytes);
    append(block, as_bytes(magic));
    block.resize(at_key);
    append(block, sealed_.bytes());
    append(block, as_bytes(uuid));
    block.resize(at_digest);
    ASTERISM_TRY(const auto digest, sha256(block));
    append(block, digest.bytes());
    auto written = write_block(path_, 0, block);
    wipe(block);
    return written;
  }

  std::string path_;
  SecretBytes sealed_;
};

}  // namespace

std::unique_ptr<KeyProvider> file_provider(std::string path) {
  return std::make_unique<FileProvider>(std::move(path));
}

}  // namespace asterism::disk_mapper
