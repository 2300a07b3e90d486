// SPDX-License-Identifier: Apache-2.0
#include "efi/fat.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "efi/fat_directory.hpp"

namespace asterism::efi {
namespace {

constexpr std::uint32_t fat12_clusters_max = 4084;
constexpr std::uint32_t fat16_clusters_max = 65'524;
constexpr std::uint32_t fat32_clusters_max = 0x0ffffff5;
constexpr std::uint32_t first_data_cluster = 2;
constexpr std::uint32_t slot_bytes = 32;

std::string_view next_component(std::string_view& path) {
  while (path.starts_with('/'))
    path.remove_prefix(1);
  const auto end = std::min(path.find('/'), path.size());
  const std::string_view component = path.substr(0, end);
  path.remove_prefix(end);
  return component;
}

}  // namespace

Result<FatVolume> FatVolume::open(std::shared_ptr<const FatSource> source) {
  FatVolume fat;
  ASTERISM_TRY(const auto boot_sector, source->read(0, 512, "the FAT boot sector"));
  const ByteView& boot = boot_sector.view();
  ASTERISM_TRY(const auto magic, boot.u16(510, "the boot signature"));
  ASTERISM_TRY(const std::uint32_t sector, boot.u16(11, "bytes per sector"));
  ASTERISM_TRY(const std::uint32_t per_cluster, boot.u8(13, "sectors per cluster"));
  ASTERISM_TRY(const std::uint64_t reserved, boot.u16(14, "reserved sectors"));
  ASTERISM_TRY(const std::uint64_t fat_count, boot.u8(16, "number of FATs"));
  ASTERISM_TRY(const std::uint64_t root_entries, boot.u16(17, "root entries"));
  ASTERISM_TRY(const std::uint64_t sectors_16, boot.u16(19, "sectors"));
  ASTERISM_TRY(const std::uint64_t fat_sectors_16, boot.u16(22, "sectors per FAT"));
  ASTERISM_TRY(const std::uint64_t sectors_32, boot.u32(32, "sectors"));
  ASTERISM_TRY(const std::uint64_t fat_sectors_32, boot.u32(36, "sectors per FAT"));
  ASTERISM_TRY(fat.root_cluster_, boot.u32(44, "root cluster"));
  if (magic != 0xaa55 || !std::has_single_bit(sector) || sector < 512 || sector > 4096 ||
      !std::has_single_bit(per_cluster) || reserved == 0 || fat_count == 0 || fat_count > 4) {
    return fail(Errc::corrupt, "no FAT volume at offset {:#x}: the boot sector's fields are impossible",
                source->origin());
  }
  const std::uint64_t sectors = sectors_16 != 0 ? sectors_16 : sectors_32;
  const std::uint64_t fat_sectors = fat_sectors_16 != 0 ? fat_sectors_16 : fat_sectors_32;
  const std::uint64_t root_sectors = (root_entries * slot_bytes + sector - 1) / sector;
  const std::uint64_t data_sector = reserved + fat_count * fat_sectors + root_sectors;
  if (sectors > source->size() / sector || data_sector >= sectors || fat_sectors == 0) {
    return fail(Errc::corrupt, "FAT volume at offset {:#x}: {} sectors, data from sector {}, volume of {:#x} bytes",
                source->origin(), sectors, data_sector, source->size());
  }
  const std::uint64_t clusters = (sectors - data_sector) / per_cluster;
  // The published rule tells FAT32 by the number of clusters, but firmware, Linux and mkfs go by this field.
  fat.is_fat32_ = fat_sectors_16 == 0;
  if (!fat.is_fat32_ && clusters <= fat12_clusters_max) {
    return fail(Errc::unsupported, "FAT12 volume of {} clusters", clusters);
  }
  const std::uint64_t clusters_max = fat.is_fat32_ ? fat32_clusters_max : fat16_clusters_max;
  const std::uint64_t needed = (clusters + first_data_cluster) * (fat.is_fat32_ ? 4 : 2);
  if (needed > fat_sectors * sector || clusters > clusters_max || fat.is_fat32_ != (root_entries == 0)) {
    return fail(Errc::corrupt, "FAT volume at offset {:#x}: table of {} sectors for {} clusters, {} root entries",
                source->origin(), fat_sectors, clusters, root_entries);
  }
  fat.cluster_bytes_ = sector * per_cluster;
  fat.cluster_count_ = static_cast<std::uint32_t>(clusters);
  fat.data_offset_ = data_sector * sector;
  fat.fat_offset_ = reserved * sector;
  fat.fixed_root_offset_ = (reserved + fat_count * fat_sectors) * sector;
  fat.fixed_root_bytes_ = root_sectors * sector;
  fat.source_ = std::move(source);
  return fat;
}

std::uint64_t FatVolume::cluster_offset(std::uint32_t cluster) const {
  return data_offset_ + std::uint64_t{cluster - first_data_cluster} * cluster_bytes_;
}

Result<std::uint32_t> FatVolume::next_cluster(std::uint32_t cluster) const {
  // The FAT is large enough for every cluster of the volume: open() has seen to that.
  const std::uint64_t width = is_fat32_ ? 4 : 2;
  ASTERISM_TRY(const auto bytes, source_->read(fat_offset_ + cluster * width, width, "FAT entry"));
  if (is_fat32_) {
    ASTERISM_TRY(const auto entry, bytes.view().u32(0, "FAT entry"));
    return entry & 0x0fffffff;
  }
  ASTERISM_TRY(const std::uint32_t entry, bytes.view().u16(0, "FAT entry"));
  return entry >= 0xfff8 ? 0x0ffffff8 : entry;
}

Result<std::vector<std::uint32_t>> FatVolume::chain(std::uint32_t first, std::uint64_t clusters_max) const {
  std::vector<std::uint32_t> clusters;
  for (std::uint32_t cluster = first; cluster < 0x0ffffff8;) {
    if (cluster < first_data_cluster || cluster - first_data_cluster >= cluster_count_) {
      return fail(Errc::corrupt, "FAT chain from cluster {}: cluster {} is not on the volume", first, cluster);
    }
    // A chain that is longer than its file can only be a loop or garbage; this also bounds the work.
    if (clusters.size() >= clusters_max) {
      return fail(Errc::corrupt, "FAT chain from cluster {} is longer than {} clusters", first, clusters_max);
    }
    clusters.push_back(cluster);
    ASTERISM_TRY(cluster, next_cluster(cluster));
  }
  return clusters;
}

Result<std::vector<FatEntry>> FatVolume::list_directory(const FatEntry& directory) const {
  std::vector<std::byte> slots;
  if (directory.first_cluster == 0 && !is_fat32_) {
    ASTERISM_TRY(const auto root, source_->read(fixed_root_offset_, fixed_root_bytes_, "the root directory"));
    append(slots, root.view().bytes());
    return decode_fat_directory(slots);
  }
  const std::uint64_t limit = std::uint64_t{FatLimits::directory_entries} * slot_bytes / cluster_bytes_ + 1;
  const std::uint32_t first = directory.first_cluster == 0 ? root_cluster_ : directory.first_cluster;
  ASTERISM_TRY(const auto clusters, chain(first, std::min<std::uint64_t>(limit, cluster_count_)));
  for (const std::uint32_t cluster : clusters) {
    ASTERISM_TRY(const auto part, source_->read(cluster_offset(cluster), cluster_bytes_, "a directory cluster"));
    append(slots, part.view().bytes());
  }
  return decode_fat_directory(slots);
}

Result<FatEntry> FatVolume::find(std::string_view path) const {
  FatEntry at{.name = "", .size = 0, .first_cluster = 0, .is_directory = true};
  std::string_view rest = path;
  for (std::string_view wanted = next_component(rest); !wanted.empty(); wanted = next_component(rest)) {
    if (!at.is_directory) return fail(Errc::not_found, "'{}' is not a folder", printable(at.name));
    ASTERISM_TRY(const auto entries, list_directory(at), "listing '{}'", printable(at.name));
    const auto found =
        std::ranges::find_if(entries, [&](const FatEntry& entry) { return equal_ignoring_case(entry.name, wanted); });
    if (found == entries.end()) return fail(Errc::not_found, "the volume has no '{}'", printable(path));
    at = *found;
  }
  return at;
}

Result<std::vector<FatEntry>> FatVolume::list(std::string_view path) const {
  ASTERISM_TRY(const auto entry, find(path));
  if (!entry.is_directory) return fail(Errc::not_found, "'{}' is not a folder", printable(path));
  ASTERISM_TRY(auto entries, list_directory(entry), "listing '{}'", printable(path));
  return entries;
}

Result<FatFile> FatVolume::read(std::string_view path, std::uint64_t bytes_max) const {
  ASTERISM_TRY(const auto entry, find(path));
  if (entry.is_directory) return fail(Errc::unsupported, "'{}' is a folder", printable(path));
  if (entry.size > bytes_max) {
    return fail(Errc::unsupported, "'{}' has {} bytes, and {} are the most", printable(path), entry.size, bytes_max);
  }
  if (entry.size == 0) return FatFile{ByteView{}};
  const std::uint64_t needed = (std::uint64_t{entry.size} + cluster_bytes_ - 1) / cluster_bytes_;
  ASTERISM_TRY(const auto clusters, chain(entry.first_cluster, std::min<std::uint64_t>(needed, cluster_count_)),
               "reading '{}'", printable(path));
  if (clusters.size() < needed) {
    return fail(Errc::corrupt, "'{}': {} clusters for {} bytes", printable(path), clusters.size(), entry.size);
  }
  const auto gap = std::ranges::adjacent_find(clusters, [](std::uint32_t a, std::uint32_t b) { return b != a + 1; });
  if (gap == clusters.end()) {
    return source_->read(cluster_offset(clusters.front()), entry.size, "file data");
  }
  if (entry.size > FatLimits::copied_file_bytes) {
    return fail(Errc::unsupported, "'{}' is fragmented and larger than {} bytes", printable(path),
                FatLimits::copied_file_bytes);
  }
  std::vector<std::byte> copy;
  copy.reserve(entry.size);
  for (const std::uint32_t cluster : clusters) {
    const std::uint64_t size = std::min<std::uint64_t>(cluster_bytes_, entry.size - copy.size());
    ASTERISM_TRY(const auto part, source_->read(cluster_offset(cluster), size, "file data"));
    append(copy, part.view().bytes());
  }
  return FatFile{std::move(copy)};
}

}  // namespace asterism::efi
