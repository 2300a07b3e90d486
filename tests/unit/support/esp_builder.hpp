// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "support/fat_builder.hpp"

namespace asterism::testing {

/// Lays out files by path ("EFI/Linux/a+3.efi") on a small FAT16 volume and puts it on a disk as the ESP.
class EspBuilder {
 public:
  EspBuilder& file(const std::string& path, std::string content) {
    Node* node = &root_;
    std::size_t start = 0;
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', start)) {
      node = &node->children[path.substr(start, slash - start)];
      node->is_folder = true;
      start = slash + 1;
    }
    node->children[path.substr(start)].content = std::move(content);
    return *this;
  }
  EspBuilder& file(const std::string& path, const std::vector<std::byte>& content) {
    return file(path, std::string{as_text(content)});
  }

  [[nodiscard]] std::vector<std::byte> disk() {
    FatBuilder fat;
    next_ = 2;
    fat.root(write_children(fat, root_));
    return make_disk(fat.volume());
  }

 private:
  struct Node {
    std::map<std::string, Node> children = {};
    std::string content = {};
    bool is_folder = false;
  };

  std::string write_children(FatBuilder& fat, const Node& node) {
    std::string slots;
    int number = 0;
    for (const auto& [name, child] : node.children) {
      const std::string content = child.is_folder ? write_children(fat, child) : child.content;
      std::vector<std::uint16_t> chain;
      for (std::size_t at = 0; at < content.size(); at += 512)
        chain.push_back(next_++);
      fat.store(chain, content);
      const std::string short_name = std::format("SHORT{:03}EFI", number++);
      slots += FatBuilder::long_name(std::u16string{name.begin(), name.end()}, short_name);
      slots += FatBuilder::entry(short_name, child.is_folder ? 0x10 : 0x20, chain.empty() ? 0 : chain.front(),
                                 child.is_folder ? 0 : static_cast<std::uint32_t>(content.size()));
    }
    return slots;
  }

  Node root_;
  std::uint16_t next_ = 2;
};

}  // namespace asterism::testing
