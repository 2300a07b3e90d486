// SPDX-License-Identifier: Apache-2.0
#include "efi/authenticode.hpp"

#include <algorithm>

namespace asterism::efi {
namespace {

constexpr std::uint64_t checksum_bytes = 4;
constexpr std::uint64_t directory_entry_bytes = 8;

}  // namespace

Result<std::vector<Bytes>> authenticode_ranges(const PeImage& image) {
  const Bytes file = image.file().bytes();
  std::vector<Bytes> ranges;
  const auto add = [&](std::uint64_t from, std::uint64_t to) {
    if (from < to) ranges.push_back(file.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from)));
  };

  // The headers, without the checksum and without the certificate table's directory entry.
  const std::uint64_t after_checksum = image.checksum_offset() + checksum_bytes;
  add(0, image.checksum_offset());
  if (const auto entry = image.certificate_entry_offset(); entry != 0) {
    add(after_checksum, entry);
    add(entry + directory_entry_bytes, image.headers_size());
  } else {
    add(after_checksum, image.headers_size());
  }

  std::vector<const PeSection*> order;
  for (const PeSection& section : image.sections()) {
    if (section.raw_size > 0) order.push_back(&section);
  }
  std::ranges::stable_sort(order, {}, &PeSection::raw_offset);
  std::uint64_t hashed = image.headers_size();
  for (const PeSection* section : order) {
    add(section->raw_offset, std::uint64_t{section->raw_offset} + section->raw_size);
    hashed += section->raw_size;
  }

  const std::uint64_t certificates = image.certificates().size;
  if (file.size() < certificates + hashed) {
    return fail(Errc::corrupt,
                "the PE image's headers, sections and certificates ({:#x} bytes) exceed its file size {:#x}",
                certificates + hashed, file.size());
  }
  add(hashed, file.size() - certificates);
  return ranges;
}

Result<Digest> authenticode_digest(const PeImage& image, HashAlgorithm algorithm) {
  ASTERISM_TRY(const auto ranges, authenticode_ranges(image));
  Hasher hasher{algorithm};
  for (const Bytes range : ranges)
    hasher.update(range);
  return hasher.finish();
}

}  // namespace asterism::efi
