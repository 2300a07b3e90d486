// SPDX-License-Identifier: Apache-2.0
#include "image-tool/containers/vhd.hpp"

#include "image-tool/compare.hpp"
#include "image-tool/containers/vhd_footer.hpp"
#include "image-tool/output_file.hpp"

namespace asterism::image_tool {

Result<> write_vhd(Bytes disk, const Digest& content, const std::string& path) {
  ASTERISM_TRY(const std::uint64_t size, round_up(disk.size(), vhd_alignment_bytes));
  ASTERISM_TRY(const auto footer, make_vhd_footer(size, content));
  ASTERISM_TRY(OutputFile file, OutputFile::create(path));
  for (const DataRange& range : data_ranges(disk)) {
    ASTERISM_CHECK(file.write_at(range.offset, disk.subspan(range.offset, range.size)));
  }
  ASTERISM_CHECK(file.write_at(size, footer));
  return file.close();
}

Result<> check_vhd(Bytes file, Bytes disk) {
  if (file.size() < vhd_footer_bytes) return fail(Errc::corrupt, "too short for a VHD: {} bytes", file.size());
  ASTERISM_TRY(const std::uint64_t size, read_vhd_footer(file.last(vhd_footer_bytes)));
  if (size != file.size() - vhd_footer_bytes) {
    return fail(Errc::corrupt, "the VHD footer tells {} bytes, the file has {} before it", size,
                file.size() - vhd_footer_bytes);
  }
  ASTERISM_TRY(const std::uint64_t expected, round_up(disk.size(), vhd_alignment_bytes));
  if (size != expected) return fail(Errc::unverified, "the VHD holds {} bytes, not {}", size, expected);
  return check_padded(file.first(size), disk, 0);
}

}  // namespace asterism::image_tool
