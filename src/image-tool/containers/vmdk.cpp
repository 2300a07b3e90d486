// SPDX-License-Identifier: Apache-2.0
#include "image-tool/containers/vmdk.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <optional>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "common/unique_fd.hpp"

namespace asterism::image_tool {
namespace {

constexpr std::uint32_t mark = 0x564d'444b;  // "KDMV" in the file
constexpr std::uint64_t at_version = 4;
constexpr std::uint64_t at_descriptor_offset = 28;
constexpr std::uint64_t at_descriptor_size = 36;
constexpr std::uint64_t sector_bytes = 512;
constexpr std::size_t head_bytes = std::size_t{128} << 10;
constexpr std::size_t id_digits = 8;

/// The place of the value in the only line that starts with `key`.
Result<std::size_t> value_of(std::string_view text, std::string_view key) {
  std::optional<std::size_t> found;
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(key)) {
      if (found) return fail(Errc::corrupt, "VMDK descriptor: two lines '{}'", key);
      found = at + key.size();
    }
    const std::size_t end = text.find('\n', at);
    at = end == std::string_view::npos ? text.size() : end + 1;
  }
  if (!found) return fail(Errc::corrupt, "VMDK descriptor: no line '{}'", key);
  return *found;
}

Result<> expect_value(std::string_view text, std::string_view key, std::string_view expected) {
  ASTERISM_TRY(const std::size_t at, value_of(text, key));
  const std::string_view line = text.substr(at, text.find('\n', at) - at);
  if (line == expected) return {};
  return fail(Errc::corrupt, "VMDK descriptor: '{}{}' where {} is expected", key, printable(line.substr(0, 64)),
              expected);
}

}  // namespace

Result<VmdkDescriptor> find_vmdk_descriptor(const ByteView& head) {
  ASTERISM_TRY(const auto magic, head.u32(0, "the VMDK mark"));
  if (magic != mark) return fail(Errc::corrupt, "not a sparse VMDK: it starts with {:#010x}", magic);
  ASTERISM_TRY(const auto version, head.u32(at_version, "the VMDK version"));
  if (version < 1 || version > 3) return fail(Errc::unsupported, "VMDK version {}", version);
  ASTERISM_TRY(const auto offset, head.u64(at_descriptor_offset, "the VMDK descriptor's place"));
  ASTERISM_TRY(const auto size, head.u64(at_descriptor_size, "the VMDK descriptor's size"));
  if (offset == 0 || offset > head_bytes / sector_bytes || size == 0 ||
      size > vmdk_descriptor_maximum_bytes / sector_bytes) {
    return fail(Errc::corrupt, "the VMDK descriptor has {} sectors at sector {}", size, offset);
  }
  const VmdkDescriptor found{offset * sector_bytes, size * sector_bytes};
  ASTERISM_CHECK(head.sub(found.offset, found.size, "the VMDK descriptor"));
  return found;
}

Result<> set_vmdk_content_id(std::span<char> descriptor, std::uint32_t content_id) {
  const std::string_view padded{descriptor.data(), descriptor.size()};
  const std::string_view text = padded.substr(0, padded.find('\0'));
  ASTERISM_CHECK(expect_value(text, "createType=", "\"streamOptimized\""));
  ASTERISM_CHECK(expect_value(text, "parentCID=", "ffffffff"));
  ASTERISM_TRY(const std::size_t at, value_of(text, "CID="));
  const std::string_view line = text.substr(at, text.find('\n', at) - at);
  const auto is_digit = [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; };
  // qemu-img writes the number without leading zeros, so its place may be shorter than ours.
  if (line.empty() || line.size() > id_digits || !std::ranges::all_of(line, is_digit)) {
    return fail(Errc::corrupt, "VMDK descriptor: 'CID={}' is not a number of up to eight hexadecimal digits",
                printable(line.substr(0, 64)));
  }
  std::string renewed{text};
  renewed.replace(at, line.size(), std::format("{:08x}", content_id));
  if (renewed.size() > descriptor.size() ||
      padded.substr(text.size(), renewed.size() - text.size()).find_first_not_of('\0') != std::string_view::npos) {
    return fail(Errc::corrupt, "VMDK descriptor: no room for eight digits behind 'CID='");
  }
  std::ranges::copy(renewed, descriptor.begin());
  return {};
}

Result<> fix_vmdk(const std::string& path, std::uint32_t content_id) {
  const auto failed = [&] {
    return std::unexpected{Error::from_errno(errno, std::format("patching '{}'", printable(path)))};
  };
  const UniqueFd fd{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
  if (!fd) return failed();
  std::vector<char> head(head_bytes);
  const ssize_t got = ::pread(fd.get(), head.data(), head.size(), 0);
  if (got < 0) return failed();
  head.resize(static_cast<std::size_t>(got));
  ASTERISM_TRY(const VmdkDescriptor place, find_vmdk_descriptor(ByteView{std::as_bytes(std::span{head})}), "'{}'",
               printable(path));
  const std::span<char> descriptor = std::span{head}.subspan(place.offset, place.size);
  ASTERISM_CHECK(set_vmdk_content_id(descriptor, content_id), "'{}'", printable(path));
  const ssize_t written = ::pwrite(fd.get(), descriptor.data(), descriptor.size(), static_cast<off_t>(place.offset));
  if (written < 0) return failed();
  if (static_cast<std::size_t>(written) != descriptor.size())
    return fail(Errc::io, "patching '{}': short write", printable(path));
  return {};
}

}  // namespace asterism::image_tool
