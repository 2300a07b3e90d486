// SPDX-License-Identifier: Apache-2.0
#include "image-tool/diff/file_list.hpp"

#include <set>

#include <sys/stat.h>

#include "image-tool/compare.hpp"

namespace asterism::image_tool {
namespace {

bool is_folder(const FileFacts& facts) {
  return S_ISDIR(facts.mode);
}

Result<bool> same_content(const std::string& path, const WithContent& a, const WithContent& b) {
  bool same = false;
  ASTERISM_CHECK(a(path, [&](Bytes left) {
    return b(path, [&](Bytes right) -> Result<> {
      same = !first_difference(left, right);
      return {};
    });
  }));
  return same;
}

}  // namespace

std::optional<std::string> describe_facts(const FileFacts& a, const FileFacts& b) {
  if (a.mode != b.mode) return std::format("mode {:o} / {:o}", a.mode, b.mode);
  if (a.owner != b.owner) return std::format("owner {} / {}", a.owner, b.owner);
  if (a.group != b.group) return std::format("group {} / {}", a.group, b.group);
  if (a.target != b.target) return std::format("link to '{}' / '{}'", printable(a.target), printable(b.target));
  if (a.device != b.device) return std::format("device {:#x} / {:#x}", a.device, b.device);
  // A folder's size and links follow from what is in it.
  if (!is_folder(a) && a.size != b.size) return std::format("size {} / {}", a.size, b.size);
  if (!is_folder(a) && a.links != b.links) return std::format("links {} / {}", a.links, b.links);
  if (a.modified != b.modified) return std::format("time {} / {}", a.modified, b.modified);
  return std::nullopt;
}

Result<> inspect_files(const std::string& place, const FileList& a, const FileList& b, const WithContent& content_a,
                       const WithContent& content_b, const std::string& otherwise, const Inspection& inspection) {
  std::set<std::string> paths;
  for (const auto* list : {&a, &b}) {
    for (const auto& [path, facts] : *list)
      paths.insert(path);
  }
  std::size_t differing = 0;
  for (const std::string& path : paths) {
    const auto left = a.find(path);
    const auto right = b.find(path);
    std::optional<std::string> what;
    bool content_differs = false;
    if (left == a.end() || right == b.end()) {
      what = left == a.end() ? "only in the second" : "only in the first";
    } else {
      what = describe_facts(left->second, right->second);
      if (S_ISREG(left->second.mode) && S_ISREG(right->second.mode)) {
        ASTERISM_TRY(const bool same, same_content(path, content_a, content_b));
        content_differs = !same;
      }
    }
    if (!what && !content_differs) continue;
    if (++differing > 1) continue;
    const std::string inside = std::format("{}: {}", place, printable(path));
    if (what) inspection.findings.add(inside, *what);
    if (content_differs) {
      ASTERISM_CHECK(content_a(path, [&](Bytes l) {
        return content_b(path, [&](Bytes r) -> Result<> {
          inspect(inside, l, r, inspection);
          return {};
        });
      }));
    }
  }
  if (differing > 1) {
    inspection.findings.add(place,
                            std::format("{} of {} files differ; the first is named above", differing, paths.size()));
  }
  if (differing == 0) inspection.findings.add(place, otherwise);
  return {};
}

}  // namespace asterism::image_tool
