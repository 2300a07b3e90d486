// SPDX-License-Identifier: Apache-2.0
#include "common/mapped_file.hpp"
#include "image-tool/compare.hpp"
#include "image-tool/containers/containers.hpp"
#include "image-tool/containers/vhd_footer.hpp"
#include "image-tool/diff/inspect.hpp"
#include "image-tool/diff/result_folders.hpp"
#include "image-tool/process.hpp"
#include "image-tool/scratch_folder.hpp"

namespace asterism::image_tool {
namespace {

/// The bytes of the disk as a file. @returns where it is.
Result<> unpack(Container kind, const std::string& path, const std::string& scratch, const std::string& to) {
  const auto convert = [&](const std::string& format) -> Result<> {
    ASTERISM_CHECK(
        run_checked({"qemu-img", "convert", "-f", format, "-O", "raw", "--", plain_path(path), plain_path(to)}));
    return {};
  };
  ASTERISM_TRY(const MappedFile file, MappedFile::open(path));
  switch (kind) {
    case Container::qcow2:
      return convert("qcow2");
    case Container::vmdk:
      return convert("vmdk");
    case Container::vhd: {
      if (file.bytes().size() < vhd_footer_bytes) return fail(Errc::corrupt, "too short for a VHD");
      return write_sparse(file.bytes().first(file.bytes().size() - vhd_footer_bytes), to);
    }
    case Container::gcp:
      return decompress(file.bytes(), scratch, to);
  }
  return fail(Errc::internal, "unknown container");
}

}  // namespace

Result<> inspect_containers(const std::string& place, const std::string& a, const std::string& b,
                            const Inspection& inspection) {
  ASTERISM_TRY(const Container kind, container_of(a));
  ASTERISM_TRY(const ScratchFolder folder, ScratchFolder::make(inspection.scratch));
  ASTERISM_CHECK(unpack(kind, a, inspection.scratch, folder / "a"));
  ASTERISM_CHECK(unpack(kind, b, inspection.scratch, folder / "b"));
  ASTERISM_TRY(const MappedFile left, MappedFile::open(folder / "a"));
  ASTERISM_TRY(const MappedFile right, MappedFile::open(folder / "b"));
  const bool equal = !first_difference(left.bytes(), right.bytes());
  inspection.findings.add(place, equal ? "the disks in them are equal: the container itself differs"
                                       : "the disks in them differ: " + describe_bytes(left.bytes(), right.bytes()) +
                                             " (see the .raw files)");
  return {};
}

}  // namespace asterism::image_tool
