// SPDX-License-Identifier: Apache-2.0
// FAT volumes: every folder and file that the volume claims, to a few levels.
#include <algorithm>
#include <span>
#include <vector>

#include "contract.hpp"
#include "efi/fat.hpp"

using namespace asterism;
using testing::require;

namespace {

constexpr int depth_max = 3;
constexpr std::size_t volume_bytes_max = std::size_t{6} << 20;
constexpr std::size_t entries_max = 32;  // per folder: the work per input stays bounded

void walk(const efi::FatVolume& volume, const std::string& path, std::size_t volume_size, int depth) {
  const auto entries = volume.list(path);
  if (!entries) return testing::require_refusal(entries.error());
  for (std::size_t i = 0; i < entries->size() && i < entries_max; ++i) {
    const efi::FatEntry& entry = (*entries)[i];
    require(entry.name != "." && entry.name != "..", "dot entries are not listed");
    if (entry.name.empty() || entry.name.contains('/')) continue;
    const std::string child = path + "/" + entry.name;
    if (entry.is_directory) {
      if (depth > 0) walk(volume, child, volume_size, depth - 1);
      continue;
    }
    const auto file = volume.read(child);
    if (!file) {
      testing::require_refusal(file.error());
      continue;
    }
    require(file->view().size() == entry.size, "a file has the size of its entry");
    require(file->view().size() <= volume_size, "a file is no larger than its volume");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span{data, size});
  std::vector<std::byte> bytes{input.begin(), input.end()};
  // The smallest FAT16 volume has 2 MiB, nearly all of it empty: the inputs leave that end out.
  const auto sectors = ByteView{input}.u16(19, "sectors").value_or(0);
  bytes.resize(std::clamp<std::size_t>(std::size_t{sectors} * 512, size, volume_bytes_max));
  const auto volume = efi::FatVolume::open(ByteView{bytes});
  if (!volume) {
    testing::require_refusal(volume.error());
    return 0;
  }
  walk(*volume, "", bytes.size(), depth_max);
  return 0;
}
