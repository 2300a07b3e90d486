// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/verity_superblock.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::string_view signature{"verity\0\0", 8};
constexpr std::uint64_t version_offset = 8;
constexpr std::uint64_t hash_type_offset = 12;
constexpr std::uint64_t algorithm_offset = 32;
constexpr std::uint64_t algorithm_bytes = 32;
constexpr std::uint64_t data_block_size_offset = 64;
constexpr std::uint64_t hash_block_size_offset = 68;
constexpr std::uint64_t data_blocks_offset = 72;
constexpr std::uint64_t salt_size_offset = 80;
constexpr std::uint64_t salt_offset = 88;
constexpr std::uint64_t salt_bytes_max = 256;

}  // namespace

Result<manifest::VerityTree> read_verity_superblock(const ByteView& tree) {
  ASTERISM_TRY(const auto magic, tree.sub(0, signature.size(), "verity superblock"));
  if (as_text(magic.bytes()) != signature) return fail(Errc::corrupt, "no verity superblock");
  ASTERISM_TRY(const auto version, tree.u32(version_offset, "version of the superblock"));
  ASTERISM_TRY(const auto hash_type, tree.u32(hash_type_offset, "hash type"));
  ASTERISM_TRY(const auto algorithm, tree.sub(algorithm_offset, algorithm_bytes, "hash function"));
  const std::string_view name = as_text(algorithm.bytes()).substr(0, as_text(algorithm.bytes()).find('\0'));
  if (version != 1 || hash_type != 1 || name != "sha256") {
    return fail(Errc::unsupported, "verity superblock version {}, hash type {}, '{}'", version, hash_type,
                excerpt(name));
  }
  manifest::VerityTree found;
  ASTERISM_TRY(found.data_block_bytes, tree.u32(data_block_size_offset, "data block size"));
  ASTERISM_TRY(found.hash_block_bytes, tree.u32(hash_block_size_offset, "hash block size"));
  ASTERISM_TRY(found.data_blocks, tree.u64(data_blocks_offset, "number of data blocks"));
  ASTERISM_TRY(const auto salt_size, tree.u16(salt_size_offset, "size of the salt"));
  if (salt_size > salt_bytes_max) return fail(Errc::corrupt, "salt of {} bytes", salt_size);
  ASTERISM_TRY(const auto salt, tree.sub(salt_offset, salt_size, "salt"));
  found.salt.assign(salt.bytes().begin(), salt.bytes().end());
  return found;
}

}  // namespace asterism::measured_boot
