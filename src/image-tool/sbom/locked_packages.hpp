// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "image-tool/sbom/deb_facts.hpp"
#include "image-tool/sbom/lockfile.hpp"
#include "image-tool/sbom/package_list.hpp"

namespace asterism::image_tool {

/// The inputs of a lock, found by what they are, and what the packages among them say about themselves.
class LockedPackages {
 public:
  /// @errors as parse_lock().
  [[nodiscard]] static Result<LockedPackages> open(const std::string& lock, DebReader reader);

  [[nodiscard]] const std::vector<LockedInput>& inputs() const noexcept { return inputs_; }

  /// The locked package that a tree holds.
  /// @param set the tree's, e.g. "image". @errors `unverified` if the lock does not give the tree exactly that package.
  [[nodiscard]] Result<std::size_t> find(const InstalledPackage& package, std::string_view set) const;

  /// Reads these packages, by their index in inputs(), on every processor. @errors as DebReader::read().
  [[nodiscard]] Result<> read(const std::vector<std::size_t>& indices);

  /// @param index of a package that read() was given.
  [[nodiscard]] const DebFacts& facts(std::size_t index) const { return facts_.at(index); }

  /// The copyright file that holds for a package that read() was given, through links into other locked packages;
  /// empty if there is none. @errors as DebReader::read().
  [[nodiscard]] Result<std::string> copyright(std::size_t index);

 private:
  explicit LockedPackages(DebReader reader) : reader_{std::move(reader)} {}
  [[nodiscard]] const LockedInput* find_linked(std::string_view name, const DebFacts& from) const;

  DebReader reader_;
  std::vector<LockedInput> inputs_;
  std::map<std::size_t, DebFacts> facts_;
};

}  // namespace asterism::image_tool
