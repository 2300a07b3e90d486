// SPDX-License-Identifier: Apache-2.0
#include "image-tool/diff/result_folders.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include "common/mapped_file.hpp"
#include "image-tool/compare.hpp"
#include "image-tool/containers/containers.hpp"
#include "image-tool/diff/inspect.hpp"

namespace asterism::image_tool {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t files_maximum = 100'000;

/// Path below the folder -> what it is. Folders themselves are left out.
Result<std::map<std::string, fs::file_type>> list_files(const std::string& folder) {
  std::error_code failed;
  if (!fs::is_directory(folder, failed)) return fail(Errc::usage, "'{}' is no folder", printable(folder));
  std::map<std::string, fs::file_type> files;
  for (fs::recursive_directory_iterator at{folder, failed}, end; !failed && at != end; at.increment(failed)) {
    const fs::file_type type = at->symlink_status(failed).type();
    if (type == fs::file_type::directory) continue;
    if (files.size() == files_maximum) return fail(Errc::unsupported, "'{}' has too many files", printable(folder));
    files.emplace(at->path().lexically_relative(folder).string(), type);
  }
  if (failed) return fail(Errc::io, "listing '{}': {}", printable(folder), failed.message());
  return files;
}

/// Adds how two files of one name differ. @returns whether they do.
Result<bool> differ(const std::string& name, const std::string& a, const std::string& b, const Inspection& inspection) {
  ASTERISM_TRY(const MappedFile left, MappedFile::open(a));
  ASTERISM_TRY(const MappedFile right, MappedFile::open(b));
  if (!first_difference(left.bytes(), right.bytes())) return false;
  if (container_of(name)) {
    inspection.findings.add(name, describe_bytes(left.bytes(), right.bytes()));
    if (const auto done = inspect_containers(name, a, b, inspection); !done) {
      inspection.findings.add(name, std::format("cannot look inside: {}", printable(done.error().message())));
    }
    return true;
  }
  inspect(name, left.bytes(), right.bytes(), inspection);
  return true;
}

}  // namespace

Result<FolderComparison> compare_folders(const std::string& a, const std::string& b, const std::string& scratch,
                                         Findings& findings) {
  ASTERISM_TRY(const auto files_a, list_files(a));
  ASTERISM_TRY(const auto files_b, list_files(b));
  std::set<std::string> names;
  for (const auto* files : {&files_a, &files_b}) {
    for (const auto& [name, type] : *files)
      names.insert(name);
  }
  const Inspection inspection{findings, scratch};
  FolderComparison comparison{.files = names.size()};
  for (const std::string& name : names) {
    const auto left = files_a.find(name);
    const auto right = files_b.find(name);
    const std::string place = printable(name);
    const std::string path_a = std::format("{}/{}", a, name);
    const std::string path_b = std::format("{}/{}", b, name);
    bool different = true;
    if (left == files_a.end() || right == files_b.end()) {
      findings.add(place, left == files_a.end() ? "only in the second folder" : "only in the first folder");
    } else if (left->second != right->second) {
      findings.add(place, "a different kind of file");
    } else if (left->second == fs::file_type::symlink) {
      std::error_code failed;
      const auto target_a = fs::read_symlink(path_a, failed).string();
      const auto target_b = fs::read_symlink(path_b, failed).string();
      different = target_a != target_b;
      if (different)
        findings.add(place, std::format("a link to '{}' / '{}'", printable(target_a), printable(target_b)));
    } else {
      ASTERISM_TRY(different, differ(name, path_a, path_b, inspection));
    }
    comparison.differing += different ? 1 : 0;
  }
  return comparison;
}

}  // namespace asterism::image_tool
