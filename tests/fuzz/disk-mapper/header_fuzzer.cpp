// SPDX-License-Identifier: Apache-2.0
// The header checker. Input: one byte of mode, then two raw copies, or the JSON text of one or both copies with right
// checksums. What the checker accepts, libcryptsetup opens with exactly the parameters of a state disk.
#include <algorithm>
#include <span>
#include <vector>

#include "contract.hpp"
#include "disk-mapper/header/checker.hpp"
#include "disk-mapper/luks.hpp"

using namespace asterism;
using namespace asterism::disk_mapper;
using testing::require;

namespace {

constexpr const char* uuid = "3f0c2f5e-9a51-4c1e-8a55-6b1de2c0a7f4";

void check_opened(const CheckedHeader& header) {
  auto image = write_metadata(header.current);
  require(image.has_value(), "an accepted header can be written");
  const auto again = check_header(*image);
  require(again && again->current == header.current && !again->needs_repair, "what is written reads back the same");
  image->resize(header_bytes);
  const auto file = HeaderFile::make(*image);
  require(file.has_value(), "memory for a header");
  const auto view = view_header(*file);
  require(view.has_value(), "libcryptsetup opens an accepted header");
  require(view->uuid == header.current.copy.uuid && view->cipher == data_cipher && view->integrity == data_integrity,
          "libcryptsetup sees the UUID, cipher and integrity that were checked");
  require(view->volume_key_bytes == volume_key_bytes && view->data_offset_bytes == header_bytes &&
              view->sector_bytes == data_sector_bytes && view->active_slots == header.current.metadata.slots.size(),
          "libcryptsetup sees the sizes and key slots that were checked");
}

void check(Bytes metadata) {
  const auto header = check_header(metadata);
  if (!header) return testing::require_refusal(header.error());
  const Metadata& found = header->current.metadata;
  require(!found.slots.empty() && found.slots.size() <= max_key_slots && found.mac.size() == 32, "slots and MAC");
  for (const auto& [number, slot] : found.slots)
    require(slot.offset_bytes >= metadata_bytes && slot.offset_bytes + key_slot_area_bytes <= header_bytes,
            "areas in bounds");
  check_opened(*header);
}

std::vector<std::byte> with_checksum(Bytes text, CopyPlace place) {
  const HeaderCopy copy{.sequence = 3, .uuid = uuid, .salt = {}, .json = std::string{as_text(text)}};
  auto bytes = write_copy(copy, place);
  return bytes ? *std::move(bytes) : std::vector<std::byte>(copy_bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span{data, size});
  if (input.empty()) return 0;
  const auto mode = std::to_integer<unsigned>(input[0]) % 3;
  const Bytes rest = input.subspan(1);
  if (mode == 0) {
    std::vector<std::byte> raw{rest.begin(), rest.end()};
    raw.resize(metadata_bytes);
    check(raw);
  } else {
    const auto separator = std::ranges::find(rest, std::byte{0});
    const Bytes first{rest.begin(), separator};
    const Bytes second = mode == 1 || separator == rest.end() ? first : Bytes{separator + 1, rest.end()};
    auto both = with_checksum(first, CopyPlace::primary);
    append(both, with_checksum(second, CopyPlace::secondary));
    check(both);
  }
  return 0;
}
