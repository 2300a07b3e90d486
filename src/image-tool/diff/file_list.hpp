// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "image-tool/diff/inspect.hpp"

namespace asterism::image_tool {

/// What a tree or an archive says about one file, beside its content.
struct FileFacts {
  std::uint32_t mode = 0;  ///< kind and permissions, as in st_mode
  std::uint64_t owner = 0;
  std::uint64_t group = 0;
  std::int64_t modified = 0;  ///< seconds since 1970
  std::uint64_t links = 0;
  std::uint64_t size = 0;
  std::uint64_t device = 0;  ///< of device nodes
  std::string target;        ///< of symbolic links
};

/// By path, without a slash in front.
using FileList = std::map<std::string, FileFacts>;

/// Gives the content of a regular file to `use`, for as long as the call lasts.
using WithContent = std::function<Result<>(const std::string& path, const std::function<Result<>(Bytes)>& use)>;

/// The first difference in words: "mode 100644 / 100755"; none if all is equal.
[[nodiscard]] std::optional<std::string> describe_facts(const FileFacts& a, const FileFacts& b);

/// Adds the first file, by path, that only one has or that differs, how it differs, and how many do; goes inside if it
/// is content. If none does, says so with `otherwise`. @errors those of the readers.
[[nodiscard]] Result<> inspect_files(const std::string& place, const FileList& a, const FileList& b,
                                     const WithContent& content_a, const WithContent& content_b,
                                     const std::string& otherwise, const Inspection& inspection);

}  // namespace asterism::image_tool
