// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/find_device.hpp"

#include <algorithm>
#include <filesystem>
#include <format>
#include <map>
#include <sstream>

#include "common/bytes.hpp"
#include "common/fs.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::string_view serial_prefix = "serial:";
constexpr std::uint64_t limit_bytes = 65'536;

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  return text;
}

/// What follows `key=` in a file of lines; empty if it is not there.
std::string value_in(const std::string& path, std::string_view key) {
  const auto text = read_text_file(path, limit_bytes);
  if (!text) return {};
  std::istringstream lines{*text};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == '=')
      return line.substr(key.size() + 1);
  }
  return {};
}

/// The names of one device: label of a partition, serial number of a disk.
std::vector<std::string> names_of(const std::string& root, const std::string& folder) {
  std::vector<std::string> names;
  if (auto label = value_in(folder + "/uevent", "PARTNAME"); !label.empty()) names.push_back(std::move(label));
  // The kernel knows no label of a partition that was added without reading the table again, as on first boot: udev
  // does.
  if (const auto number = read_text_file(folder + "/dev", limit_bytes)) {
    const auto record = std::format("{}/run/udev/data/b{}", root, trimmed(*number));
    if (auto label = value_in(record, "E:ID_PART_ENTRY_NAME"); !label.empty()) names.push_back(std::move(label));
  }
  for (const char* file : {"/serial", "/device/serial"}) {
    if (const auto serial = read_text_file(folder + file, limit_bytes))
      if (auto text = trimmed(*serial); !text.empty()) names.push_back(std::string{serial_prefix} + text);
  }
  return names;
}

}  // namespace

Result<std::string> find_device(const std::string& root, const std::vector<std::string>& names) {
  std::map<std::string, std::vector<std::string>, std::less<>> found;
  std::error_code failure;
  const std::filesystem::directory_iterator folder{root + "/sys/class/block", failure};
  if (failure) return fail(Errc::not_found, "listing the block devices: {}", failure.message());
  for (const auto& entry : folder) {
    const std::string device = entry.path().filename().string();
    auto all = names_of(root, entry.path().string());
    std::ranges::sort(all);
    const auto [first, last] = std::ranges::unique(all);
    all.erase(first, last);
    for (const std::string& name : all)
      found[name].push_back("/dev/" + device);
  }
  for (const std::string& name : names) {
    const auto match = found.find(name);
    if (match == found.end()) continue;
    if (match->second.size() > 1) {
      return std::unexpected{Error{Errc::conflict, std::format("{} and {} are both called '{}'", match->second[0],
                                                               match->second[1], printable(name))}
                                 .advise("detach the one that does not belong to this node")};
    }
    return match->second.front();
  }
  std::string wanted;
  for (const std::string& name : names)
    wanted += std::format("{}'{}'", wanted.empty() ? "" : ", ", printable(name));
  return std::unexpected{Error{Errc::not_found, std::format("no state disk: no device is called {}", wanted)}.advise(
      "give the node a boot disk with room behind the image, or a second disk with that label")};
}

}  // namespace asterism::disk_mapper
