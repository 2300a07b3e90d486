// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/header/copy.hpp"

#include <algorithm>

#include "common/digest.hpp"
#include "disk-mapper/header/schema.hpp"
#include "disk-mapper/header/zeros.hpp"

namespace asterism::disk_mapper {
namespace {

// Offsets in the binary header; numbers in it are big-endian.
constexpr std::size_t at_version = 6;
constexpr std::size_t at_header_size = 8;
constexpr std::size_t at_sequence = 16;
constexpr std::size_t at_label = 24;
constexpr std::size_t at_checksum_algorithm = 72;
constexpr std::size_t at_salt = 104;
constexpr std::size_t at_uuid = 168;
constexpr std::size_t at_subsystem = 208;
constexpr std::size_t at_offset = 256;
constexpr std::size_t at_padding = 264;
constexpr std::size_t at_checksum = 448;
constexpr std::size_t checksum_bytes = 64;
constexpr std::size_t at_padding_4096 = at_checksum + checksum_bytes;
constexpr std::uint16_t format_version = 2;
constexpr std::size_t uuid_characters = 36;

Bytes magic(CopyPlace place) {
  return as_bytes(place == CopyPlace::primary ? std::string_view{"LUKS\xba\xbe", 6}
                                              : std::string_view{"SKUL\xba\xbe", 6});
}

std::uint64_t offset_of(CopyPlace place) {
  return place == CopyPlace::primary ? 0 : copy_bytes;
}

std::uint64_t big_endian(Bytes field) {
  std::uint64_t value = 0;
  for (const std::byte b : field)
    value = value << 8 | std::to_integer<std::uint64_t>(b);
  return value;
}

/// Text of a fixed field: all behind the first zero must be zero too.
Result<std::string> field_text(Bytes field, std::string_view what) {
  const auto end = std::ranges::find(field, std::byte{0});
  const auto length = static_cast<std::size_t>(end - field.begin());
  if (length == field.size() || !is_zero(field.subspan(length)))
    return fail(Errc::unverified, "{} is not text that ends in zeros", what);
  return std::string{as_text(field.first(length))};
}

Result<Digest> checksum_of(Bytes copy) {
  Hasher hasher{HashAlgorithm::sha256};
  hasher.update(copy.first(at_checksum));
  hasher.update_zeros(checksum_bytes);
  hasher.update(copy.subspan(at_padding_4096));
  return hasher.finish();
}

bool is_uuid(std::string_view text) {
  if (text.size() != uuid_characters) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-') || (!dash && !std::string_view{"0123456789abcdef"}.contains(text[i]))) return false;
  }
  return true;
}

Result<> expect_text(Bytes field, std::string_view expected, std::string_view what) {
  ASTERISM_TRY(const auto found, field_text(field, what));
  if (found != expected) return fail(Errc::unverified, "{} is '{}', not '{}'", what, excerpt(found), expected);
  return {};
}

void put_text(std::vector<std::byte>& out, std::size_t at, std::string_view text) {
  std::ranges::copy(as_bytes(text), out.begin() + static_cast<std::ptrdiff_t>(at));
}

void put_big_endian(std::vector<std::byte>& out, std::size_t at, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i)
    out[at + i] = static_cast<std::byte>(value >> (8 * (width - 1 - i)));
}

Result<HeaderCopy> read_fields(Bytes bytes, CopyPlace place) {
  if (const auto version = big_endian(bytes.subspan(at_version, 2)); version != format_version)
    return fail(Errc::unverified, "version {}, not {}", version, format_version);
  if (const auto size = big_endian(bytes.subspan(at_header_size, 8)); size != copy_bytes)
    return fail(Errc::unverified, "header size {}, not {}", size, copy_bytes);
  if (const auto offset = big_endian(bytes.subspan(at_offset, 8)); offset != offset_of(place))
    return fail(Errc::unverified, "own offset {}, not {}", offset, offset_of(place));
  ASTERISM_CHECK(expect_text(bytes.subspan(at_label, 48), state_label, "label"));
  ASTERISM_CHECK(expect_text(bytes.subspan(at_checksum_algorithm, 32), "sha256", "checksum algorithm"));
  ASTERISM_CHECK(expect_text(bytes.subspan(at_subsystem, 48), "", "subsystem"));
  if (!is_zero(bytes.subspan(at_padding, at_checksum - at_padding)) ||
      !is_zero(bytes.subspan(at_padding_4096, binary_header_bytes - at_padding_4096)))
    return fail(Errc::unverified, "bytes in the padding of the binary header");

  HeaderCopy copy{.sequence = big_endian(bytes.subspan(at_sequence, 8)), .uuid = {}, .salt = {}, .json = {}};
  std::ranges::copy(bytes.subspan(at_salt, copy.salt.size()), copy.salt.begin());
  ASTERISM_TRY(copy.uuid, field_text(bytes.subspan(at_uuid, 40), "UUID"));
  if (!is_uuid(copy.uuid)) return fail(Errc::unverified, "UUID '{}' is not one", excerpt(copy.uuid));
  ASTERISM_TRY(copy.json, field_text(bytes.subspan(binary_header_bytes), "JSON area"));
  return copy;
}

}  // namespace

std::string_view to_string(CopyPlace place) noexcept {
  return place == CopyPlace::primary ? "primary header" : "secondary header";
}

Result<HeaderCopy> read_copy(Bytes bytes, CopyPlace place) {
  if (bytes.size() != copy_bytes)
    return fail(Errc::corrupt, "{}: {} bytes, not {}", to_string(place), bytes.size(), copy_bytes);
  const Bytes expected = magic(place);
  if (!std::ranges::equal(bytes.first(expected.size()), expected))
    return fail(Errc::corrupt, "{}: no LUKS2 magic", to_string(place));
  ASTERISM_TRY(const auto checksum, checksum_of(bytes));
  const Bytes stored = bytes.subspan(at_checksum, checksum_bytes);
  if (!std::ranges::equal(stored.first(32), checksum.bytes()) || !is_zero(stored.subspan(32)))
    return fail(Errc::corrupt, "{}: checksum does not match", to_string(place));
  ASTERISM_TRY(auto copy, read_fields(bytes, place), "{}", to_string(place));
  return copy;
}

Result<std::vector<std::byte>> write_copy(const HeaderCopy& copy, CopyPlace place) {
  if (copy.json.size() >= json_area_bytes || copy.json.contains('\0') || !is_uuid(copy.uuid)) {
    return fail(Errc::internal, "a header with {} bytes of JSON and UUID '{}' cannot be written", copy.json.size(),
                copy.uuid);
  }
  std::vector<std::byte> out(copy_bytes);
  std::ranges::copy(magic(place), out.begin());
  put_big_endian(out, at_version, format_version, 2);
  put_big_endian(out, at_header_size, copy_bytes, 8);
  put_big_endian(out, at_sequence, copy.sequence, 8);
  put_text(out, at_label, state_label);
  put_text(out, at_checksum_algorithm, "sha256");
  std::ranges::copy(copy.salt, out.begin() + at_salt);
  put_text(out, at_uuid, copy.uuid);
  put_big_endian(out, at_offset, offset_of(place), 8);
  put_text(out, binary_header_bytes, copy.json);
  ASTERISM_TRY(const auto checksum, checksum_of(out));
  std::ranges::copy(checksum.bytes(), out.begin() + at_checksum);
  return out;
}

}  // namespace asterism::disk_mapper
