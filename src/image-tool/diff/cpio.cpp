// SPDX-License-Identifier: Apache-2.0
#include "image-tool/diff/cpio.hpp"

#include <algorithm>

#include <sys/stat.h>

#include "image-tool/diff/inspect.hpp"

namespace asterism::image_tool {
namespace {

constexpr std::uint64_t header_bytes = 110;
constexpr std::string_view mark = "070701";
constexpr std::string_view trailer = "TRAILER!!!";

/// The fields after the mark, eight hexadecimal digits each.
enum class Field : std::uint8_t {
  inode,
  mode,
  owner,
  group,
  links,
  modified,
  size,
  device_major,
  device_minor,
  special_major,
  special_minor,
  name_size,
};

Result<std::uint64_t> number(const ByteView& header, Field field) {
  const std::uint64_t offset = mark.size() + 8 * static_cast<std::uint64_t>(field);
  ASTERISM_TRY(const ByteView digits, header.sub(offset, 8, "a cpio field"));
  std::uint64_t value = 0;
  for (const char c : as_text(digits.bytes())) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return fail(Errc::corrupt, "cpio header at offset {:#x}: not a hexadecimal digit", header.origin());
    value = value * 16 + static_cast<std::uint64_t>(digit);
  }
  return value;
}

std::uint64_t aligned(std::uint64_t offset) {
  return (offset + 3) / 4 * 4;
}

struct Member {
  std::string name;
  FileFacts facts;
  Bytes content;
  std::uint64_t end = 0;
};

Result<Member> read_member(const ByteView& file, std::uint64_t at) {
  ASTERISM_TRY(const ByteView header, file.sub(at, header_bytes, "a cpio header"));
  if (!as_text(header.bytes()).starts_with(mark)) return fail(Errc::corrupt, "no cpio header at offset {:#x}", at);
  Member member;
  ASTERISM_TRY(const auto name_size, number(header, Field::name_size));
  ASTERISM_TRY(member.facts.size, number(header, Field::size));
  if (name_size == 0 || name_size > cpio_maximum_name_bytes) {
    return fail(Errc::unsupported, "cpio header at offset {:#x}: a name of {} bytes", at, name_size);
  }
  ASTERISM_TRY(const ByteView name, file.sub(at + header_bytes, name_size, "a cpio name"));
  const std::string_view text = as_text(name.bytes());
  member.name = text.substr(0, text.find('\0'));
  const std::uint64_t content_at = aligned(at + header_bytes + name_size);
  ASTERISM_TRY(const ByteView content, file.sub(content_at, member.facts.size, "a cpio member"));
  member.content = content.bytes();
  member.end = aligned(content_at + member.facts.size);
  ASTERISM_TRY(const auto mode, number(header, Field::mode));
  member.facts.mode = static_cast<std::uint32_t>(mode);
  ASTERISM_TRY(member.facts.owner, number(header, Field::owner));
  ASTERISM_TRY(member.facts.group, number(header, Field::group));
  ASTERISM_TRY(member.facts.links, number(header, Field::links));
  ASTERISM_TRY(const auto modified, number(header, Field::modified));
  member.facts.modified = static_cast<std::int64_t>(modified);
  ASTERISM_TRY(const auto major, number(header, Field::special_major));
  ASTERISM_TRY(const auto minor, number(header, Field::special_minor));
  member.facts.device = major << 32 | minor;
  if (S_ISLNK(member.facts.mode)) member.facts.target = as_text(member.content);
  return member;
}

/// What is left of a file behind its first archive: another one, or nothing.
void inspect_rest(const std::string& place, Bytes a, Bytes b, const Inspection& inspection) {
  if (!a.empty() || !b.empty()) inspect(std::format("{}: next archive", place), a, b, inspection);
}

}  // namespace

Result<CpioArchive> read_cpio(const ByteView& file) {
  CpioArchive archive;
  for (std::uint64_t at = 0;;) {
    ASTERISM_TRY(const Member member, read_member(file, at));
    at = member.end;
    if (member.name == trailer) {
      archive.end = std::min(at, file.size());
      while (archive.end < file.size() && file.bytes()[archive.end] == std::byte{0})
        ++archive.end;
      return archive;
    }
    if (archive.files.size() == cpio_maximum_files)
      return fail(Errc::unsupported, "more than {} files", cpio_maximum_files);
    if (!archive.files.emplace(member.name, member.facts).second) {
      return fail(Errc::corrupt, "'{}' stands twice in the archive", printable(member.name));
    }
    if (S_ISREG(member.facts.mode)) archive.contents.emplace(member.name, member.content);
    archive.order += member.name + '\n';
  }
}

Result<> inspect_cpio(const std::string& place, Bytes a, Bytes b, const Inspection& inspection) {
  ASTERISM_TRY(const CpioArchive left, read_cpio(ByteView{a}));
  ASTERISM_TRY(const CpioArchive right, read_cpio(ByteView{b}));
  const auto content_of = [](const CpioArchive& archive) {
    return [&archive](const std::string& path, const std::function<Result<>(Bytes)>& use) {
      return use(archive.contents.at(path));
    };
  };
  const bool same_bytes = std::ranges::equal(a.first(left.end), b.first(right.end));
  const std::string otherwise = left.order == right.order ? "all files are equal: inode numbers or padding differ"
                                                          : "all files are equal: their order differs";
  if (!same_bytes) {
    ASTERISM_CHECK(
        inspect_files(place, left.files, right.files, content_of(left), content_of(right), otherwise, inspection));
  }
  inspect_rest(place, a.subspan(left.end), b.subspan(right.end), inspection);
  return {};
}

}  // namespace asterism::image_tool
