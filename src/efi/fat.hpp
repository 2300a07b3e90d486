// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::efi {

/// One file or folder in a FAT directory.
struct FatEntry {
  std::string name;  ///< UTF-8, the long name where there is one
  std::uint32_t size = 0;
  std::uint32_t first_cluster = 0;
  bool is_directory = false;
};

/// The content of a file: a view into the volume where its clusters lie in one piece, else a copy.
class FatFile {
 public:
  explicit FatFile(ByteView in_place) : view_{in_place} {}
  explicit FatFile(std::vector<std::byte> copy) : copy_{std::move(copy)}, view_{copy_} {}
  FatFile(FatFile&&) noexcept = default;  // the vector's buffer, which view_ points at, moves along
  FatFile& operator=(FatFile&&) noexcept = default;
  FatFile(const FatFile&) = delete;
  FatFile& operator=(const FatFile&) = delete;
  ~FatFile() = default;

  [[nodiscard]] const ByteView& view() const noexcept { return view_; }

 private:
  std::vector<std::byte> copy_;
  ByteView view_;
};

/// Limits on what a volume may claim.
struct FatLimits {
  static constexpr std::uint32_t directory_entries = 65'536;      ///< 32-byte slots in one directory
  static constexpr std::uint64_t copied_file_bytes = 1ULL << 30;  ///< a fragmented file is copied up to this size
};

/// A FAT16 or FAT32 volume, read-only.
///
/// @source Microsoft "FAT: General Overview of On-Disk Format" 1.03; UEFI 2.10 section 13.3.
/// @checked tests/interop/gpt_fat.sh reads what mtools wrote, fragmented files included; tests/fuzz/fat.
class FatVolume {
 public:
  /// @param volume the whole partition; must outlive the volume and every file from it.
  /// @errors `corrupt` for a boot sector that contradicts itself or the volume's size; `unsupported` for FAT12.
  [[nodiscard]] static Result<FatVolume> open(const ByteView& volume);

  /// The entries of a folder without "." and "..", in disk order. `path` is separated by '/', and matched without
  /// regard to case; "" is the root.
  /// @errors `not_found`; `corrupt` for a cluster chain that loops or leaves the volume, or two entries of one name.
  [[nodiscard]] Result<std::vector<FatEntry>> list(std::string_view path) const;

  /// The content of a file. @errors as list(); `corrupt` if the chain is shorter than the size says; `unsupported` for
  /// a fragmented file over FatLimits.
  [[nodiscard]] Result<FatFile> read(std::string_view path) const;

 private:
  FatVolume() = default;
  [[nodiscard]] Result<FatEntry> find(std::string_view path) const;
  [[nodiscard]] Result<std::vector<FatEntry>> list_directory(const FatEntry& directory) const;
  [[nodiscard]] Result<std::vector<std::uint32_t>> chain(std::uint32_t first, std::uint64_t clusters_max) const;
  [[nodiscard]] Result<std::uint32_t> next_cluster(std::uint32_t cluster) const;
  [[nodiscard]] std::uint64_t cluster_offset(std::uint32_t cluster) const;
  [[nodiscard]] std::uint64_t cluster_bytes() const { return cluster_bytes_; }

  ByteView volume_;
  ByteView fat_;
  ByteView fixed_root_;  ///< FAT16 only
  std::uint64_t data_offset_ = 0;
  std::uint32_t cluster_bytes_ = 0;
  std::uint32_t cluster_count_ = 0;
  std::uint32_t root_cluster_ = 0;  ///< FAT32 only
  bool is_fat32_ = false;
};

}  // namespace asterism::efi
