// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::image_tool {

/// One member of a tar archive.
struct TarEntry {
  std::string name;    ///< as in the archive, e.g. "./usr/share/doc/"
  std::string target;  ///< of a symbolic or hard link
  char type = '0';     ///< '0' file, '1' hard link, '2' symbolic link, '5' folder, ...
  std::uint64_t size_bytes = 0;
};

/// What to do after a member's header.
enum class TarChoice : std::uint8_t {
  skip,     ///< leave its content out
  collect,  ///< give its content to on_content
  stop,     ///< nothing more is wanted
};

/// Reads a tar archive that arrives in pieces (old and GNU formats, as dpkg-deb prints it).
class TarStream {
 public:
  using OnEntry = std::function<TarChoice(const TarEntry&)>;
  /// @returns whether more members are wanted.
  using OnContent = std::function<bool(const TarEntry&, std::string content)>;

  /// Largest content that is collected, and longest name.
  static constexpr std::uint64_t collected_maximum_bytes = std::uint64_t{8} << 20;
  static constexpr std::uint64_t name_maximum_bytes = 4096;

  TarStream(OnEntry on_entry, OnContent on_content)
      : on_entry_{std::move(on_entry)}, on_content_{std::move(on_content)} {}

  /// Takes the next piece, of any size. @returns whether more is wanted.
  /// @errors `corrupt` for a header with a wrong checksum or number; `unsupported` past the limits.
  [[nodiscard]] Result<bool> feed(Bytes piece);

  /// True at the archive's end mark, or between members.
  [[nodiscard]] bool is_complete() const noexcept { return ended_ || (block_.empty() && content_left_ == 0); }

 private:
  static constexpr std::size_t block_bytes = 512;

  Result<bool> take_header();
  Result<bool> take_content_end();

  OnEntry on_entry_;
  OnContent on_content_;
  std::vector<std::byte> block_;  // a header that is not complete yet
  TarEntry entry_;
  TarChoice choice_ = TarChoice::skip;
  std::string collected_;
  std::string long_name_;  // of the next member, from a GNU 'L' member
  std::string long_target_;
  std::uint64_t content_left_ = 0;
  std::uint64_t padding_left_ = 0;
  bool ended_ = false;
};

}  // namespace asterism::image_tool
