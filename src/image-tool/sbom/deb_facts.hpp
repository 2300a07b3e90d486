// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "common/error.hpp"
#include "image-tool/sbom/lockfile.hpp"

namespace asterism::image_tool {

/// What a .deb says about itself.
struct DebFacts {
  std::string name;
  std::string version;
  std::string architecture;
  std::string source;
  std::string source_version;
  std::string copyright;     ///< usr/share/doc/<name>/copyright, as valid UTF-8; empty if it has none of its own
  std::string copyright_of;  ///< the package whose file takes its place, where a link says so
  friend bool operator==(const DebFacts&, const DebFacts&) = default;
};

/// Reads locked packages out of the content-addressed store, and keeps what they say in a cache keyed by SHA-256.
class DebReader {
 public:
  /// @param cache a folder, made if need be; empty for none.
  DebReader(std::string store, std::string cache) : store_{std::move(store)}, cache_{std::move(cache)} {}

  /// @errors `not_found` if the store lacks it; `unverified` if the file does not have the locked hash, or is another
  ///         package than the lock says; `io` if dpkg-deb refuses it; `corrupt` for a malformed archive.
  [[nodiscard]] Result<DebFacts> read(const LockedInput& input) const;

 private:
  [[nodiscard]] Result<DebFacts> read_package(const LockedInput& input) const;
  [[nodiscard]] std::string cache_path(const LockedInput& input) const;

  std::string store_;
  std::string cache_;
};

/// Takes name, version, architecture and source from the control fields that dpkg-deb prints.
/// @errors `corrupt` if one of the first three is missing.
[[nodiscard]] Result<DebFacts> parse_control(std::string_view text);

/// The package that a link in usr/share/doc leads to; empty if it leads elsewhere.
/// @param folder "/usr/share/doc" for a link in the place of the package's folder, or that folder for a linked file.
[[nodiscard]] std::string linked_package(std::string_view folder, std::string_view target);

/// The cache's form of the facts and back. @errors `corrupt`, `unverified` for anything else.
[[nodiscard]] std::string facts_to_text(const DebFacts& facts);
[[nodiscard]] Result<DebFacts> facts_from_text(std::string_view text);

}  // namespace asterism::image_tool
