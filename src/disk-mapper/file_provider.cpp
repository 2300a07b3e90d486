// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/file_provider.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "common/digest.hpp"
#include "crypto/hkdf.hpp"
#include "disk-mapper/block_io.hpp"
#include "disk-mapper/header/zeros.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::size_t block_bytes = 4096;
constexpr std::size_t at_digest = block_bytes - 32;
constexpr std::string_view magic = "asterism key 2: not protected\n";
constexpr std::size_t at_secret = 64;
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t at_identity = at_secret + secret_bytes;  // zeros: no disk is recorded
constexpr std::size_t identity_bytes = 32;
constexpr std::size_t nonce_bytes = 16;
constexpr std::string_view domain = "asterism file key 1";

/// What the block holds: keys are derived from the secret and a number that stands in the header.
struct Entry {
  SecretBytes secret;
  std::optional<Digest> identity;
};

class FileProvider final : public KeyProvider {
 public:
  explicit FileProvider(std::string path) : path_{std::move(path)} {}

  [[nodiscard]] std::string_view name() const noexcept override { return "file"; }

  [[nodiscard]] Result<bool> has_record() override {
    ASTERISM_TRY(const auto entry, read());
    return entry && entry->identity;
  }

  [[nodiscard]] Result<NodeKey> make_key(const std::string& uuid) override {
    ASTERISM_TRY(auto entry, read());
    if (!entry) {
      ASTERISM_TRY(auto secret, SecretBytes::random(secret_bytes));
      entry.emplace(Entry{.secret = std::move(secret), .identity = {}});
      ASTERISM_CHECK(write(*entry));
    }
    ASTERISM_TRY(const auto nonce, SecretBytes::random(nonce_bytes));
    ASTERISM_TRY(auto key, derive(*entry, uuid, nonce.bytes()));
    return NodeKey{.key = std::move(key), .sealed = to_hex(nonce.bytes())};
  }

  [[nodiscard]] Result<SecretBytes> load(const std::string& uuid, const std::string& sealed) override {
    ASTERISM_TRY(const auto entry, read());
    if (!entry) return fail(Errc::not_found, "'{}' holds no key", path_);
    ASTERISM_TRY(const auto nonce, from_hex(sealed), "sealed key in the header");
    return derive(*entry, uuid, nonce);
  }

  [[nodiscard]] Result<> commit(const DiskIdentity& disk) override {
    ASTERISM_TRY(auto entry, read());
    if (!entry) return fail(Errc::internal, "no key was made for disk {}", disk.uuid);
    if (entry->identity && *entry->identity != disk.identity)
      return fail(Errc::conflict, "'{}' records another disk than {}", path_, disk.uuid);
    entry->identity = disk.identity;
    return write(*entry);
  }

  [[nodiscard]] Result<> confirm(const DiskIdentity& disk) override {
    ASTERISM_TRY(const auto entry, read());
    if (!entry || !entry->identity) return fail(Errc::not_found, "'{}' records no disk", path_);
    if (*entry->identity != disk.identity)
      return fail(Errc::unverified, "{} is not the disk that this node made", disk.uuid);
    return {};
  }

 private:
  [[nodiscard]] static Result<SecretBytes> derive(const Entry& entry, const std::string& uuid, Bytes nonce) {
    std::vector<std::byte> salt;
    append(salt, as_bytes(uuid));
    append(salt, nonce);
    return crypto::hkdf_sha256(entry.secret, salt, as_bytes(domain), node_key_bytes);
  }

  [[nodiscard]] Result<std::optional<Entry>> read() const {
    auto block = read_block(path_, 0, block_bytes);
    if (!block) return fail(Errc::unavailable, "{}", block.error().message());
    if (is_zero(*block)) return std::optional<Entry>{};
    ASTERISM_TRY(const auto digest, sha256(Bytes{*block}.first(at_digest)));
    if (!as_text(*block).starts_with(magic) || !std::ranges::equal(digest.bytes(), Bytes{*block}.subspan(at_digest)))
      return fail(Errc::corrupt, "'{}' holds no key", path_);
    ASTERISM_TRY(auto secret, SecretBytes::copy_of(Bytes{*block}.subspan(at_secret, secret_bytes)));
    Entry entry{.secret = std::move(secret), .identity = {}};
    const Bytes identity = Bytes{*block}.subspan(at_identity, identity_bytes);
    if (!is_zero(identity)) {
      ASTERISM_TRY(entry.identity, Digest::from_bytes(HashAlgorithm::sha256, identity));
    }
    wipe(*block);
    return entry;
  }

  [[nodiscard]] Result<> write(const Entry& entry) const {
    std::vector<std::byte> block;
    block.reserve(block_bytes);
    append(block, as_bytes(magic));
    block.resize(at_secret);
    append(block, entry.secret.bytes());
    if (entry.identity) append(block, entry.identity->bytes());
    block.resize(at_digest);
    ASTERISM_TRY(const auto digest, sha256(block));
    append(block, digest.bytes());
    auto written = write_block(path_, 0, block);
    wipe(block);
    return written;
  }

  std::string path_;
};

}  // namespace

std::unique_ptr<KeyProvider> file_provider(std::string path) {
  return std::make_unique<FileProvider>(std::move(path));
}

}  // namespace asterism::disk_mapper
