// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "efi/fat.hpp"
#include "efi/gpt.hpp"
#include "image-tool/compare.hpp"
#include "image-tool/diff/inspect.hpp"

namespace asterism::image_tool {
namespace {

constexpr std::size_t files_maximum = 100'000;
constexpr int folders_maximum_depth = 32;

bool same_entry(const efi::Partition& a, const efi::Partition& b) {
  return a.type == b.type && a.unique == b.unique && a.offset == b.offset && a.size == b.size && a.label == b.label;
}

std::string describe(const efi::Partition& p) {
  return std::format("'{}' type {} id {} at {:#x}, {} bytes", printable(p.label), p.type.to_string(),
                     p.unique.to_string(), p.offset, p.size);
}

/// The paths of all files, sorted; folders end with '/'.
Result<> list_files(const efi::FatVolume& volume, const std::string& folder, int depth,
                    std::vector<std::string>& paths) {
  if (depth > folders_maximum_depth) return fail(Errc::unsupported, "folders nest too deep");
  ASTERISM_TRY(const auto entries, volume.list(folder));
  for (const efi::FatEntry& entry : entries) {
    const std::string path = folder.empty() ? entry.name : folder + "/" + entry.name;
    if (paths.size() == files_maximum) return fail(Errc::unsupported, "more than {} files", files_maximum);
    paths.push_back(entry.is_directory ? path + "/" : path);
    if (entry.is_directory) ASTERISM_CHECK(list_files(volume, path, depth + 1, paths));
  }
  if (depth == 0) std::ranges::sort(paths);
  return {};
}

}  // namespace

Result<> inspect_disk(const std::string& place, Bytes a, Bytes b, const Inspection& inspection) {
  ASTERISM_TRY(const auto left, efi::read_gpt(ByteView{a}));
  ASTERISM_TRY(const auto right, efi::read_gpt(ByteView{b}));
  if (left.size() != right.size()) {
    inspection.findings.add(place, std::format("{} and {} partitions", left.size(), right.size()));
    return {};
  }
  bool anything = false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const std::string inside = std::format("{}: partition {} '{}'", place, i + 1, printable(left[i].label));
    if (!same_entry(left[i], right[i])) {
      inspection.findings.add(inside, std::format("{} / {}", describe(left[i]), describe(right[i])));
      anything = true;
    }
    const Bytes content_a = a.subspan(left[i].offset, left[i].size);
    const Bytes content_b = b.subspan(right[i].offset, right[i].size);
    if (!first_difference(content_a, content_b)) continue;
    inspect(inside, content_a, content_b, inspection);
    anything = true;
  }
  if (!anything) inspection.findings.add(place, "all partitions are equal: the difference lies outside of them");
  return {};
}

Result<> inspect_fat(const std::string& place, Bytes a, Bytes b, const Inspection& inspection) {
  ASTERISM_TRY(const auto left, efi::FatVolume::open(ByteView{a}));
  ASTERISM_TRY(const auto right, efi::FatVolume::open(ByteView{b}));
  std::vector<std::string> names_a;
  std::vector<std::string> names_b;
  ASTERISM_CHECK(list_files(left, "", 0, names_a));
  ASTERISM_CHECK(list_files(right, "", 0, names_b));
  if (names_a != names_b) {
    const auto [at_a, at_b] = std::ranges::mismatch(names_a, names_b);
    const auto name = [](const auto& names, auto at) { return at == names.end() ? "the end" : printable(*at); };
    inspection.findings.add(
        place, std::format("the lists of files differ first at {} / {}", name(names_a, at_a), name(names_b, at_b)));
    return {};
  }
  for (const std::string& name : names_a) {
    if (name.ends_with('/')) continue;
    ASTERISM_TRY(const auto content_a, left.read(name), "{}", printable(name));
    ASTERISM_TRY(const auto content_b, right.read(name), "{}", printable(name));
    if (!first_difference(content_a.view().bytes(), content_b.view().bytes())) continue;
    inspect(std::format("{}: {}", place, printable(name)), content_a.view().bytes(), content_b.view().bytes(),
            inspection);
    return {};  // the first one: others usually differ for the same reason
  }
  inspection.findings.add(place, "all files are equal: times, order or layout differ");
  return {};
}

}  // namespace asterism::image_tool
