// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/programs.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "common/digest.hpp"
#include "common/mapped_file.hpp"

namespace asterism::image_tool {

namespace fs = std::filesystem;

std::string_view to_string(Component component) noexcept {
  constexpr std::array<std::string_view, 3> names{"root", "initrd", "host"};
  return names.at(static_cast<std::size_t>(component));
}

Result<std::string> file_sha256(const std::string& path) {
  ASTERISM_TRY(const MappedFile file, MappedFile::open(path));
  ASTERISM_TRY(const Digest digest, sha256(file.bytes()), "'{}'", printable(path));
  return digest.hex();
}

Result<std::vector<Program>> find_programs(const std::string& folder) {
  std::error_code failed;
  if (!fs::is_directory(folder, failed)) return fail(Errc::not_found, "no folder '{}'", printable(folder));
  std::vector<Program> programs;
  for (const Component component : {Component::root, Component::initrd, Component::host}) {
    const fs::path top = fs::path{folder} / to_string(component);
    if (!fs::exists(top, failed)) continue;
    std::vector<fs::path> found;
    for (fs::recursive_directory_iterator at{top, failed}, end; !failed && at != end; at.increment(failed)) {
      const fs::file_status status = at->symlink_status(failed);
      const bool executable = (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
      if (fs::is_regular_file(status) && executable) found.push_back(at->path());
      if (found.size() > programs_maximum) return fail(Errc::unsupported, "too many files in '{}'", top.string());
    }
    if (failed) return fail(Errc::io, "listing '{}': {}", printable(top.string()), failed.message());
    std::ranges::sort(found);
    for (const fs::path& path : found) {
      ASTERISM_TRY(std::string digest, file_sha256(path.string()));
      programs.push_back({component, path.lexically_relative(top).string(), std::move(digest)});
    }
  }
  return programs;
}

}  // namespace asterism::image_tool
