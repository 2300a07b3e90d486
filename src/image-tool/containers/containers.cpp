// SPDX-License-Identifier: Apache-2.0
#include "image-tool/containers/containers.hpp"

#include <algorithm>
#include <filesystem>
#include <future>
#include <system_error>

#include "common/digest.hpp"
#include "common/mapped_file.hpp"
#include "image-tool/containers/gcp.hpp"
#include "image-tool/containers/vhd.hpp"
#include "image-tool/containers/vmdk.hpp"
#include "image-tool/process.hpp"
#include "image-tool/scratch_folder.hpp"

namespace asterism::image_tool {
namespace {

constexpr std::uint64_t sector_bytes = 512;

bool is_plain_name(std::string_view name) {
  // The name enters the VMDK's descriptor: nothing may end its quotes or its line.
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+~";
  return !name.empty() && name.size() <= 128 && name.front() != '.' && name.front() != '-' &&
         name.find_first_not_of(allowed) == std::string_view::npos;
}

/// One coroutine, so that the order of writes cannot depend on timing.
Result<> convert(const std::string& raw, const std::string& format, const std::string& options, const std::string& to) {
  ASTERISM_CHECK(run_checked({"qemu-img", "convert", "-m", "1", "-f", "raw", "-O", format, "-o", options, "--",
                              plain_path(raw), plain_path(to)}));
  return {};
}

Result<> write_container(Container kind, const ContainerRequest& request, Bytes disk, const Digest& content,
                         const std::string& to) {
  switch (kind) {
    case Container::qcow2:
      return convert(request.raw, "qcow2", "compat=1.1,cluster_size=65536,refcount_bits=16,lazy_refcounts=off", to);
    case Container::vhd:
      return write_vhd(disk, content, to);
    case Container::gcp:
      return write_gcp(disk, to);
    case Container::vmdk: {
      ASTERISM_CHECK(convert(request.raw, "vmdk", "subformat=streamOptimized", to));
      ASTERISM_TRY(const std::uint32_t id, ByteView{content.bytes()}.u32(0, "the digest"));
      // 0xffffffff means "no parent" and 0xfffffffe is what VMware writes for a disk without an id.
      return fix_vmdk(to, id & 0x7fff'ffffU);
    }
  }
  return fail(Errc::internal, "unknown container");
}

}  // namespace

std::string_view suffix_of(Container container) noexcept {
  constexpr std::array<std::string_view, containers.size()> suffixes{"qcow2", "vhd", "gcp.tar.gz", "vmdk"};
  return suffixes.at(static_cast<std::size_t>(container));
}

Result<Container> container_of(std::string_view file_name) {
  for (const Container container : containers) {
    if (file_name.ends_with(std::format(".{}", suffix_of(container)))) return container;
  }
  return fail(Errc::usage, "'{}' does not end with .qcow2, .vhd, .gcp.tar.gz or .vmdk", printable(file_name));
}

Result<std::vector<MadeContainer>> make_containers(const ContainerRequest& request) {
  if (!is_plain_name(request.name)) return fail(Errc::usage, "'{}' is no name for files", printable(request.name));
  ASTERISM_TRY(const MappedFile raw, MappedFile::open(request.raw));
  const Bytes disk = raw.bytes();
  if (disk.empty() || disk.size() % sector_bytes != 0) {
    return fail(Errc::unsupported, "'{}' has {} bytes, which is no disk", printable(request.raw), disk.size());
  }
  ASTERISM_TRY(const ScratchFolder scratch, ScratchFolder::make(request.output_directory));
  const auto file_name = [&](Container kind) { return std::format("{}.{}", request.name, suffix_of(kind)); };
  ASTERISM_TRY(const Digest content, sha256(disk), "'{}'", printable(request.raw));
  // What compresses takes longest: the two that do run beside each other, the others follow the shorter one.
  const auto write_all = [&](const std::vector<Container>& kinds) -> Result<> {
    for (const Container kind : kinds) {
      ASTERISM_CHECK(write_container(kind, request, disk, content, scratch / file_name(kind)), "{}", file_name(kind));
    }
    return {};
  };
  auto beside = std::async(std::launch::async, write_all, std::vector{Container::vmdk});
  const auto here = write_all({Container::gcp, Container::qcow2, Container::vhd});
  ASTERISM_CHECK(beside.get());
  ASTERISM_CHECK(here);
  std::vector<MadeContainer> made;
  for (const Container kind : containers) {
    const std::string path = std::format("{}/{}", request.output_directory, file_name(kind));
    const std::string finished = scratch / file_name(kind);
    std::error_code error;
    using std::filesystem::perms;
    std::filesystem::permissions(
        finished, perms::owner_read | perms::owner_write | perms::group_read | perms::others_read, error);
    if (!error) made.push_back({path, std::filesystem::file_size(finished, error)});
    if (error) return fail(Errc::io, "'{}': {}", printable(finished), error.message());
    ASTERISM_CHECK(move_file(finished, path));
  }
  return made;
}

}  // namespace asterism::image_tool
