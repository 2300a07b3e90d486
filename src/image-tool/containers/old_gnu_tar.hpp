// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "image-tool/output_file.hpp"

namespace asterism::image_tool {

/// A tar archive consists of blocks of this size.
inline constexpr std::size_t tar_block_bytes = 512;

/// Largest number that a tar header can hold in octal digits.
inline constexpr std::uint64_t tar_maximum_bytes = (std::uint64_t{1} << 33) - 1;

/// Ranges that one sparse member may have; far more than an image of fixed slots has.
inline constexpr std::size_t tar_maximum_ranges = std::size_t{1} << 20;

/// The header blocks of one sparse regular file, as `tar --format=oldgnu --sparse` writes them: mode 0644, owner and
/// group 0 without names, time 0.
///
/// @param real_size size of the file with its holes.
/// @param ranges    what the archive holds of it, ascending; every range but the last is a multiple of 512 bytes.
/// @errors `unsupported` past the limits above or for a name over 100 bytes.
/// @source GNU tar manual, appendix "Tar Internals": "Basic Tar Format" and "Old GNU Format" (sparse files).
/// @checked tests/interop/image-tool/containers.py reads it with GNU tar and Python's tarfile.
[[nodiscard]] Result<std::vector<std::byte>> sparse_tar_header(std::string_view name, std::uint64_t real_size,
                                                               const std::vector<DataRange>& ranges);

/// What a member's header tells.
struct SparseMember {
  std::string_view name;  ///< points into the header block
  std::uint64_t real_size = 0;
  std::vector<DataRange> ranges;
};

/// Gives the next tar_block_bytes of an archive. @errors those of the source.
using NextBlock = std::function<Result<Bytes>()>;

/// Reads what sparse_tar_header() writes.
/// @param first the first header block. @param next further ones.
/// @errors `corrupt` for a wrong checksum, digits, or ranges that go backwards or pass the file; `unsupported` for
///         another kind of member or past the limits.
[[nodiscard]] Result<SparseMember> read_sparse_tar_header(Bytes first, const NextBlock& next);

}  // namespace asterism::image_tool
