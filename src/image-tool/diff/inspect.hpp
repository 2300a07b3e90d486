// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "image-tool/diff/findings.hpp"

namespace asterism::image_tool {

/// What every level of a comparison shares.
struct Inspection {
  Findings& findings;
  std::string scratch;  ///< an existing folder for what has to be unpacked
  int depth = 0;        ///< levels above this one

  [[nodiscard]] Inspection deeper() const { return {findings, scratch, depth + 1}; }
};

/// Levels of nesting that are looked into: disk, partition, file, section, archive, member and one to spare.
inline constexpr int inspection_maximum_depth = 7;

/// Adds where two byte ranges that differ do so first, and goes inside where both are of the same known kind: a disk
/// with a GPT, a FAT or EROFS file system, a PE file, a cpio archive (compressed or not), JSON, lines of text. What
/// cannot be looked into, e.g. as it is malformed, gets a line that says so; that is no failure.
void inspect(const std::string& place, Bytes a, Bytes b, const Inspection& inspection);

/// The kinds, each in a file of its own. Each adds at least one line, or fails where `a` or `b` is not of its kind.
[[nodiscard]] Result<> inspect_disk(const std::string& place, Bytes a, Bytes b, const Inspection& inspection);
[[nodiscard]] Result<> inspect_fat(const std::string& place, Bytes a, Bytes b, const Inspection& inspection);
[[nodiscard]] Result<> inspect_erofs(const std::string& place, Bytes a, Bytes b, const Inspection& inspection);
[[nodiscard]] Result<> inspect_pe(const std::string& place, Bytes a, Bytes b, const Inspection& inspection);
[[nodiscard]] Result<> inspect_cpio(const std::string& place, Bytes a, Bytes b, const Inspection& inspection);
[[nodiscard]] Result<> inspect_compressed(const std::string& place, Bytes a, Bytes b, const Inspection& inspection);
[[nodiscard]] Result<> inspect_json(const std::string& place, Bytes a, Bytes b, const Inspection& inspection);
[[nodiscard]] Result<> inspect_text(const std::string& place, Bytes a, Bytes b, const Inspection& inspection);

/// Says of two containers of one kind that differ whether the disks in them do. @errors those of the programs used.
[[nodiscard]] Result<> inspect_containers(const std::string& place, const std::string& a, const std::string& b,
                                          const Inspection& inspection);

/// The program that decompresses these bytes, by how they start: "zstd", "gzip", "xz"; empty for none.
[[nodiscard]] std::string decompressor_of(Bytes bytes);

/// Writes what `compressed` holds into a file. @errors as stream_process(); `io` for malformed data.
[[nodiscard]] Result<> decompress(Bytes compressed, const std::string& scratch, const std::string& to);

/// Writes bytes into a file, with holes for zeros. @errors `io`.
[[nodiscard]] Result<> write_sparse(Bytes bytes, const std::string& to);

}  // namespace asterism::image_tool
