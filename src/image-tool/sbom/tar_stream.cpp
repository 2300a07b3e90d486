// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/tar_stream.hpp"

#include <algorithm>
#include <utility>

#include "image-tool/output_file.hpp"

namespace asterism::image_tool {
namespace {

constexpr std::size_t at_size = 124;
constexpr std::size_t at_checksum = 148;
constexpr std::size_t at_type = 156;
constexpr std::size_t at_target = 157;
constexpr std::size_t at_magic = 257;
constexpr std::size_t at_prefix = 345;
constexpr std::size_t name_bytes = 100;
constexpr std::size_t prefix_bytes = 155;

std::string text_of(Bytes block, std::size_t offset, std::size_t size) {
  const std::string_view field = as_text(block.subspan(offset, size));
  return std::string{field.substr(0, field.find('\0'))};
}

Result<std::uint64_t> octal(Bytes field) {
  std::uint64_t value = 0;
  bool any = false;
  for (const char c : as_text(field)) {
    if (c == ' ' && !any) continue;
    if (c == '\0' || c == ' ') break;
    if (c < '0' || c > '7') return fail(Errc::corrupt, "tar header: not an octal number");
    value = value * 8 + static_cast<std::uint64_t>(c - '0');
    any = true;
  }
  return value;
}

std::uint64_t checksum_of(Bytes block) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < block.size(); ++i)
    sum += i >= at_checksum && i < at_checksum + 8 ? std::uint64_t{' '} : std::to_integer<std::uint64_t>(block[i]);
  return sum;
}

bool has_content(char type) {
  return type != '1' && type != '2' && type != '3' && type != '4' && type != '5' && type != '6';
}

}  // namespace

Result<bool> TarStream::take_header() {
  const Bytes block{block_};
  if (is_zero(block)) {
    ended_ = true;
    return true;
  }
  ASTERISM_TRY(const auto checksum, octal(block.subspan(at_checksum, 8)));
  if (checksum != checksum_of(block)) return fail(Errc::corrupt, "tar header: wrong checksum");
  ASTERISM_TRY(const auto size, octal(block.subspan(at_size, 12)));
  entry_ = {.name = text_of(block, 0, name_bytes),
            .target = text_of(block, at_target, name_bytes),
            .type = static_cast<char>(block[at_type]),
            .size_bytes = size};
  if (entry_.type == '\0') entry_.type = '0';
  if (!has_content(entry_.type)) entry_.size_bytes = 0;
  const bool is_posix = as_text(block.subspan(at_magic, 6)) == std::string_view{"ustar\0", 6};
  if (const auto prefix = text_of(block, at_prefix, prefix_bytes); is_posix && !prefix.empty()) {
    entry_.name = prefix + "/" + entry_.name;
  }
  content_left_ = entry_.size_bytes;
  padding_left_ = (block_bytes - entry_.size_bytes % block_bytes) % block_bytes;
  collected_.clear();
  if (entry_.type == 'L' || entry_.type == 'K') {
    if (entry_.size_bytes > name_maximum_bytes) return fail(Errc::unsupported, "tar: a name of {} bytes", size);
    choice_ = TarChoice::collect;
  } else {
    if (!long_name_.empty()) entry_.name = std::exchange(long_name_, {});
    if (!long_target_.empty()) entry_.target = std::exchange(long_target_, {});
    choice_ = on_entry_(entry_);
  }
  if (choice_ == TarChoice::collect && entry_.size_bytes > collected_maximum_bytes) {
    return fail(Errc::unsupported, "'{}' has {} bytes", printable(entry_.name), entry_.size_bytes);
  }
  if (choice_ == TarChoice::stop) return false;
  return content_left_ == 0 ? take_content_end() : true;
}

Result<bool> TarStream::take_content_end() {
  if (entry_.type == 'L' || entry_.type == 'K') {
    std::string& name = entry_.type == 'L' ? long_name_ : long_target_;
    name = collected_.substr(0, collected_.find('\0'));
    return true;
  }
  return choice_ == TarChoice::collect ? on_content_(entry_, std::exchange(collected_, {})) : true;
}

Result<bool> TarStream::feed(Bytes piece) {
  while (!piece.empty() && !ended_) {
    if (content_left_ > 0) {
      const Bytes part = piece.first(std::min<std::uint64_t>(piece.size(), content_left_));
      if (choice_ == TarChoice::collect) collected_ += as_text(part);
      content_left_ -= part.size();
      piece = piece.subspan(part.size());
      if (content_left_ > 0) continue;
      ASTERISM_TRY(const bool more, take_content_end());
      if (!more) return false;
    } else if (padding_left_ > 0) {
      const auto part = std::min<std::uint64_t>(piece.size(), padding_left_);
      padding_left_ -= part;
      piece = piece.subspan(part);
    } else {
      const Bytes part = piece.first(std::min(piece.size(), block_bytes - block_.size()));
      append(block_, part);
      piece = piece.subspan(part.size());
      if (block_.size() < block_bytes) continue;
      ASTERISM_TRY(const bool more, take_header());
      block_.clear();
      if (!more) return false;
    }
  }
  return true;
}

}  // namespace asterism::image_tool
