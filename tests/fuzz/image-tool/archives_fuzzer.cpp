// SPDX-License-Identifier: Apache-2.0
// Archives and disk headers. The first byte says which parser gets the rest, so that each seed stays with its own.
#include <algorithm>
#include <span>

#include "contract.hpp"
#include "image-tool/containers/old_gnu_tar.hpp"
#include "image-tool/containers/vhd_footer.hpp"
#include "image-tool/containers/vmdk.hpp"
#include "image-tool/diff/cpio.hpp"
#include "image-tool/sbom/tar_stream.hpp"

using namespace asterism;
using namespace asterism::image_tool;
using testing::inside;
using testing::require;

namespace {

void check_cpio(Bytes input) {
  const auto archive = read_cpio(ByteView{input});
  if (!archive) return testing::require_refusal(archive.error());
  require(archive->end <= input.size(), "an archive ends in its file");
  for (const auto& [name, content] : archive->contents) {
    require(inside(content, input), "content lies in the file");
    require(archive->files.at(name).size == content.size(), "content has the size that is told");
  }
}

/// The same members, whatever the size of the pieces.
void check_stream(Bytes input, std::size_t piece) {
  const auto names_in_pieces_of = [&](std::size_t size) -> Result<std::string> {
    std::string names;
    TarStream stream{[&](const TarEntry& entry) {
                       names += entry.name + "\n" + entry.target + "\n";
                       return TarChoice::collect;
                     },
                     [&](const TarEntry& entry, const std::string& content) {
                       require(content.size() == entry.size_bytes, "content has the size that is told");
                       names += content;
                       return true;
                     }};
    for (Bytes left = input; !left.empty(); left = left.subspan(std::min(size, left.size()))) {
      ASTERISM_TRY([[maybe_unused]] const bool more, stream.feed(left.first(std::min(size, left.size()))));
    }
    return names;
  };
  const auto whole = names_in_pieces_of(std::max<std::size_t>(input.size(), 1));
  const auto split = names_in_pieces_of(piece);
  require(whole.has_value() == split.has_value(), "pieces do not decide whether an archive is good");
  if (!whole) return testing::require_refusal(whole.error());
  require(*whole == *split, "pieces do not change what is read");
}

void check_sparse(Bytes input) {
  if (input.size() < tar_block_bytes) return;
  Bytes left = input.subspan(tar_block_bytes);
  const auto next = [&]() -> Result<Bytes> {
    if (left.size() < tar_block_bytes) return fail(Errc::corrupt, "the end");
    const Bytes block = left.first(tar_block_bytes);
    left = left.subspan(tar_block_bytes);
    return block;
  };
  const auto member = read_sparse_tar_header(input.first(tar_block_bytes), next);
  if (!member) return testing::require_refusal(member.error());
  std::uint64_t end = 0;
  for (const DataRange& range : member->ranges) {
    require(range.offset >= end, "ranges go forwards");
    end = range.offset + range.size;
  }
  require(end <= member->real_size, "ranges lie in the file");
}

void check_headers(Bytes input) {
  if (const auto size = read_vhd_footer(input)) {
    require(*size % 512 == 0 && *size <= vhd_maximum_bytes, "a VHD has a possible size");
  } else {
    testing::require_refusal(size.error());
  }
  const auto place = find_vmdk_descriptor(ByteView{input});
  if (!place) return testing::require_refusal(place.error());
  require(place->offset + place->size <= input.size(), "the descriptor lies in the file");
  std::string text{as_text(input.subspan(place->offset, place->size))};
  const std::string before = text;
  if (const auto set = set_vmdk_content_id(text, 0x1234abcd); !set) {
    require(text == before, "a refused descriptor is left alone");
  } else {
    require(text.contains("CID=1234abcd") && text.size() == before.size(), "the id is set and nothing moves");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes input = std::as_bytes(std::span{data, size}).subspan(1);
  switch (data[0] % 4) {
    case 0:
      check_cpio(input);
      break;
    case 1:
      check_stream(input, data[0] / 4U + 1U);
      break;
    case 2:
      check_sparse(input);
      break;
    default:
      check_headers(input);
  }
  return 0;
}
