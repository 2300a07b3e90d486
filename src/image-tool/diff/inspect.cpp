// SPDX-License-Identifier: Apache-2.0
#include "image-tool/diff/inspect.hpp"

#include <algorithm>

#include "image-tool/compare.hpp"

namespace asterism::image_tool {
namespace {

constexpr std::uint64_t json_maximum_bytes = std::uint64_t{32} << 20;
constexpr std::size_t text_looked_at_bytes = 4096;

bool has(Bytes bytes, std::uint64_t offset, std::string_view magic) {
  return bytes.size() >= offset && as_text(bytes.subspan(offset)).starts_with(magic);
}

bool is_text(Bytes bytes) {
  const Bytes start = bytes.first(std::min(bytes.size(), text_looked_at_bytes));
  return std::ranges::all_of(as_text(start),
                             [](char c) { return c == '\n' || c == '\t' || static_cast<unsigned char>(c) >= ' '; });
}

using Inspector = Result<> (*)(const std::string&, Bytes, Bytes, const Inspection&);

/// What to look into by how the bytes start; nullptr for nothing. The order matters: a disk and a FAT volume both have
/// a boot sector, and JSON is text.
Inspector inspector_of(Bytes bytes) {
  if (has(bytes, 512, "EFI PART") || has(bytes, 4096, "EFI PART")) return inspect_disk;
  if (has(bytes, 1024, "\xe2\xe1\xf5\xe0")) return inspect_erofs;
  if (has(bytes, 510, "\x55\xaa") && (has(bytes, 54, "FAT") || has(bytes, 82, "FAT"))) return inspect_fat;
  if (has(bytes, 0, "MZ")) return inspect_pe;
  if (has(bytes, 0, "070701")) return inspect_cpio;
  if (!decompressor_of(bytes).empty()) return inspect_compressed;
  if (has(bytes, 0, "{") && bytes.size() <= json_maximum_bytes) return inspect_json;
  return is_text(bytes) ? inspect_text : nullptr;
}

}  // namespace

void inspect(const std::string& place, Bytes a, Bytes b, const Inspection& inspection) {
  if (!first_difference(a, b)) return;
  inspection.findings.add(place, describe_bytes(a, b));
  const Inspector inspector = inspector_of(a);
  if (inspector == nullptr || inspection.depth == inspection_maximum_depth) return;
  if (inspector_of(b) != inspector) {
    inspection.findings.add(place, "the two are of different kinds");
    return;
  }
  if (const auto done = inspector(place, a, b, inspection.deeper()); !done) {
    inspection.findings.add(place, std::format("cannot look inside: {}", printable(done.error().message())));
  }
}

}  // namespace asterism::image_tool
