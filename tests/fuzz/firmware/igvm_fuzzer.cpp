// SPDX-License-Identifier: Apache-2.0
// IGVM files. The checksum is put right first, so that what lies behind it is reached.
#include <array>
#include <span>

#include "contract.hpp"
#include "firmware/igvm.hpp"

using namespace asterism;
using namespace asterism::firmware;
using testing::inside;
using testing::require;

namespace {

std::uint32_t crc(std::uint32_t value, Bytes data) {
  for (const std::byte b : data) {
    value ^= std::to_integer<std::uint32_t>(b);
    for (int bit = 0; bit < 8; ++bit)
      value = (value & 1) != 0 ? (value >> 1) ^ 0xedb88320U : value >> 1;
  }
  return value;
}

/// Size and checksum as the headers would have them.
void repair(std::vector<std::byte>& file) {
  if (file.size() < 32) return;
  const ByteView view{file};
  const auto put = [&](std::size_t offset, std::uint64_t number) {
    for (std::size_t i = 0; i < 4; ++i)
      file[offset + i] = static_cast<std::byte>((number >> (8 * i)) & 0xff);
  };
  put(16, file.size());
  put(20, 0);
  const std::size_t fixed = view.u32(4, "version").value() == 1 ? 24 : 32;
  const auto variable = view.sub(view.u32(8, "offset").value(), view.u32(12, "size").value(), "headers");
  if (!variable) return;
  put(20, ~crc(crc(~0U, Bytes{file}.first(fixed)), variable->bytes()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span{data, size});
  std::vector<std::byte> file{input.begin(), input.end()};
  repair(file);
  const auto igvm = IgvmFile::parse(ByteView{file});
  if (!igvm) {
    testing::require_refusal(igvm.error());
    return 0;
  }
  std::uint64_t loaded = 0;
  for (const IgvmDirective& directive : igvm->directives()) {
    require(inside(directive.data, file), "data lie inside the file");
    require(directive.data.empty() || directive.data.size() == directive.size_bytes, "data are whole pages");
    require(directive.gpa % 4096 == 0 && directive.size_bytes % 4096 == 0, "what is loaded is whole pages");
    loaded += directive.size_bytes;
  }
  require(loaded <= IgvmFile::memory_bytes_max, "what is loaded has a limit");
  for (const IgvmIdBlock& block : igvm->id_blocks())
    require(block.launch_digest.size() == 48 && inside(block.launch_digest, file), "digests lie inside the file");
  require(!igvm->platforms().empty(), "a file is for some platform");
  return 0;
}
