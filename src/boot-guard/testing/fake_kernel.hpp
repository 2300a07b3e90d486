// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "boot-guard/inspection.hpp"

namespace asterism::boot_guard::testing {

/// A kernel whose file systems are folders below `root`: what is put into one shows once it is mounted, and efivarfs
/// can be mounted only after its module was loaded.
class FakeKernel final : public Kernel {
 public:
  explicit FakeKernel(std::string root) : root_{std::move(root)} {}

  /// `content` appears at `path` when the file system `type` is mounted.
  void put(const std::string& type, const std::string& path, std::string content) {
    files_[type].emplace_back(path, std::move(content));
  }
  void fail_mount(const std::string& type, int number) { mount_errors_[type] = number; }
  void refuse_compressed_modules() { takes_compressed_ = false; }
  void build_in_efivarfs() { has_efivarfs_ = true; }

  [[nodiscard]] bool is_mounted(const std::string& target) const { return mounted_.contains(target); }
  [[nodiscard]] int modules_loaded() const noexcept { return modules_loaded_; }

  int mount(const char* type, const char* target) noexcept override {
    if (const auto failure = mount_errors_.find(type); failure != mount_errors_.end()) return failure->second;
    if (std::string_view{type} == "efivarfs" && !has_efivarfs_) return ENODEV;
    if (!std::filesystem::is_directory(root_ + "/" + target)) return ENOENT;
    if (!mounted_.insert(target).second) return EBUSY;
    for (const auto& [path, content] : files_[type]) {
      const auto file = root_ + "/" + path;
      std::filesystem::create_directories(std::filesystem::path{file}.parent_path());
      std::ofstream{file, std::ios::binary} << content;
    }
    return 0;
  }

  int load_module(int /*fd*/, bool compressed) noexcept override {
    if (compressed && !takes_compressed_) return EINVAL;
    has_efivarfs_ = true;
    ++modules_loaded_;
    return 0;
  }

  const char* release() noexcept override { return "6.12-test"; }

 private:
  std::string root_;
  std::map<std::string, std::vector<std::pair<std::string, std::string>>, std::less<>> files_;
  std::map<std::string, int, std::less<>> mount_errors_;
  std::set<std::string, std::less<>> mounted_;
  bool has_efivarfs_ = false;
  bool takes_compressed_ = true;
  int modules_loaded_ = 0;
};

}  // namespace asterism::boot_guard::testing
