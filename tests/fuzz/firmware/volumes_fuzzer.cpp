// SPDX-License-Identifier: Apache-2.0
// Firmware volumes, files, sections and what is packed in them. The first byte says how the rest is read.
#include <span>

#include "contract.hpp"
#include "firmware/lzma.hpp"
#include "firmware/ovmf_volumes.hpp"
#include "firmware/volume.hpp"

using namespace asterism;
using namespace asterism::firmware;
using testing::inside;
using testing::require;

namespace {

constexpr std::uint64_t content_bytes_max = 1 << 20;  // the program's own limit would make each input slow

void check_volume(const ByteView& volume) {
  const auto files = read_volume(volume);
  if (!files) return testing::require_refusal(files.error());
  for (const VolumeFile& file : *files) {
    require(inside(file.content.bytes(), volume.bytes()), "files lie inside their volume");
    const auto sections = read_sections(file.content);
    if (!sections) {
      testing::require_refusal(sections.error());
      continue;
    }
    for (const FileSection& section : *sections)
      require(inside(section.content.bytes(), file.content.bytes()), "sections lie inside their file");
  }
}

void check_lzma(const ByteView& packed) {
  const auto content = unpack_lzma(packed, content_bytes_max);
  if (!content) return testing::require_refusal(content.error());
  require(content->size() <= content_bytes_max, "content has a limit");
}

void check_all(const ByteView& file) {
  const auto volumes = OvmfVolumes::unpack(file);
  if (!volumes) return testing::require_refusal(volumes.error());
  require(!volumes->version().empty(), "there is a version");
  require(!volumes->early().empty() && !volumes->main().empty(), "there are two volumes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView input{std::as_bytes(std::span{data, size}).subspan(1)};
  if (data[0] == 'L') {
    check_lzma(input);
  } else if (data[0] == 'A') {
    check_all(input);
  } else if (const auto volumes = find_volumes(input)) {
    for (const ByteView& volume : *volumes) {
      require(inside(volume.bytes(), input.bytes()), "volumes lie inside the file");
      check_volume(volume);
    }
  } else {
    testing::require_refusal(volumes.error());
  }
  return 0;
}
