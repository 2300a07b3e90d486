// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/stub_initrd.hpp"

#include <cstdint>
#include <format>
#include <string>

namespace asterism::measured_boot {
namespace {

constexpr std::string_view extra_folder = ".extra";
constexpr std::uint32_t mode_folder = 0040555;
constexpr std::uint32_t mode_file = 0100444;
constexpr std::size_t alignment = 4;
// Written out as the stub has it: the name's length is in capitals, all else is zero.
constexpr std::string_view trailer =
    "070701"
    "00000000"
    "00000000"
    "00000000"
    "00000000"
    "00000001"
    "00000000"
    "00000000"
    "00000000"
    "00000000"
    "00000000"
    "00000000"
    "0000000B"
    "00000000"
    "TRAILER!!!";

void pad(std::vector<std::byte>& out) {
  out.resize((out.size() + alignment - 1) / alignment * alignment);
}

/// Header and name of one member, padded.
void append_member(std::vector<std::byte>& out, unsigned inode, std::uint32_t mode, std::uint64_t size,
                   std::string_view name) {
  const std::string header =
      std::format("070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}", inode, mode,
                  0, 0, 1, 0, size, 0, 0, 0, 0, name.size() + 1, 0);
  append(out, as_bytes(header));
  append(out, as_bytes(name));
  out.push_back(std::byte{0});
  pad(out);
}

std::uint64_t padding_of(std::uint64_t size) {
  return (alignment - size % alignment) % alignment;
}

}  // namespace

std::vector<std::byte> make_extra_archive(std::string_view file_name, const Segment& content) {
  std::vector<std::byte> out;
  append_member(out, 1, mode_folder, 0, extra_folder);
  append_member(out, 2, mode_file, content.size(), std::format("{}/{}", extra_folder, file_name));
  append(out, content.data);
  out.resize(out.size() + static_cast<std::size_t>(content.zeros_after));
  pad(out);
  append(out, as_bytes(trailer));
  out.push_back(std::byte{0});
  pad(out);
  return out;
}

Stream assemble_initrd(const StubModel& model, const std::vector<UkiSection>& sections) {
  Stream pieces;
  for (const std::string_view name : {".ucode", ".initrd"}) {
    if (const UkiSection* section = find_section(sections, name)) pieces.push_back(section->content);
  }
  for (const ExtraFile& extra : model.extra_files) {
    if (const UkiSection* section = find_section(sections, extra.section)) {
      pieces.push_back(Segment::owning(make_extra_archive(extra.file, section->content)));
    }
  }
  if (pieces.size() < 2) return pieces;
  Stream padded;
  for (Segment& piece : pieces) {
    const std::uint64_t padding = padding_of(piece.size());
    padded.push_back(std::move(piece));
    if (padding > 0) padded.push_back({.data = {}, .zeros_after = padding});
  }
  return padded;
}

}  // namespace asterism::measured_boot
