// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "efi/fat_source.hpp"

namespace asterism::efi {

/// One file or folder in a FAT directory.
struct FatEntry {
  std::string name;  ///< UTF-8, the long name where there is one
  std::uint32_t size = 0;
  std::uint32_t first_cluster = 0;
  bool is_directory = false;
};

/// The content of a file: a view into the volume where that is in memory and the file lies there in one piece.
using FatFile = FatBytes;

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
  /// @param source the whole partition.
  /// @errors `corrupt` for a boot sector that contradicts itself or the volume's size; `unsupported` for FAT12;
  ///         `io`, as from all that read.
  [[nodiscard]] static Result<FatVolume> open(std::shared_ptr<const FatSource> source);
  /// One in memory, which has to outlive the volume and every file from it.
  [[nodiscard]] static Result<FatVolume> open(const ByteView& volume) { return open(fat_in_memory(volume)); }

  /// The entries of a folder without "." and "..", in disk order. `path` is separated by '/', and matched without
  /// regard to case; "" is the root.
  /// @errors `not_found`; `corrupt` for a cluster chain that loops or leaves the volume, or two entries of one name.
  [[nodiscard]] Result<std::vector<FatEntry>> list(std::string_view path) const;

  /// The content of a file. @errors as list(); `corrupt` if the chain is shorter than the size says; `unsupported` for
  /// a folder, a file of more than `bytes_max`, and a fragmented one over FatLimits.
  [[nodiscard]] Result<FatFile> read(std::string_view path, std::uint64_t bytes_max = UINT32_MAX) const;

 private:
  FatVolume() = default;
  [[nodiscard]] Result<FatEntry> find(std::string_view path) const;
  [[nodiscard]] Result<std::vector<FatEntry>> list_directory(const FatEntry& directory) const;
  [[nodiscard]] Result<std::vector<std::uint32_t>> chain(std::uint32_t first, std::uint64_t clusters_max) const;
  [[nodiscard]] Result<std::uint32_t> next_cluster(std::uint32_t cluster) const;
  [[nodiscard]] std::uint64_t cluster_offset(std::uint32_t cluster) const;
  [[nodiscard]] std::uint64_t cluster_bytes() const { return cluster_bytes_; }

  std::shared_ptr<const FatSource> source_;
  std::uint64_t fat_offset_ = 0;
  std::uint64_t fixed_root_offset_ = 0;  ///< FAT16 only, as the next
  std::uint64_t fixed_root_bytes_ = 0;
  std::uint64_t data_offset_ = 0;
  std::uint32_t cluster_bytes_ = 0;
  std::uint32_t cluster_count_ = 0;
  std::uint32_t root_cluster_ = 0;  ///< FAT32 only
  bool is_fat32_ = false;
};

}  // namespace asterism::efi
