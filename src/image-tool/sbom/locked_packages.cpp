// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/locked_packages.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <thread>

#include "common/fs.hpp"

namespace asterism::image_tool {
namespace {

constexpr unsigned threads_maximum = 16;
constexpr int links_maximum = 4;  // longer chains are loops

}  // namespace

Result<LockedPackages> LockedPackages::open(const std::string& lock, DebReader reader) {
  ASTERISM_TRY(const std::string text, read_text_file(lock, lock_maximum_bytes));
  LockedPackages packages{std::move(reader)};
  ASTERISM_TRY(packages.inputs_, parse_lock(text), "'{}'", printable(lock));
  return packages;
}

Result<std::size_t> LockedPackages::find(const InstalledPackage& package, std::string_view set) const {
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const LockedInput& input = inputs_[i];
    if (input.kind == LockedInput::Kind::deb && input.name == package.name && input.version == package.version &&
        input.architecture == package.architecture && input.is_in(set)) {
      return i;
    }
  }
  return fail(Errc::unverified, "the {} holds package {} {} {}, which the lock does not give it", set,
              printable(package.name), printable(package.version), printable(package.architecture));
}

Result<> LockedPackages::read(const std::vector<std::size_t>& indices) {
  std::vector<Result<DebFacts>> results(indices.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < indices.size(); i = next++)
      results[i] = reader_.read(inputs_.at(indices[i]));
  };
  std::vector<std::future<void>> workers;
  const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1U, threads_maximum);
  workers.reserve(threads);
  for (unsigned i = 0; i < threads; ++i)
    workers.push_back(std::async(std::launch::async, work));
  for (auto& worker : workers)
    worker.get();
  for (std::size_t i = 0; i < indices.size(); ++i) {
    ASTERISM_TRY(facts_[indices[i]], std::move(results[i]));
  }
  return {};
}

const LockedInput* LockedPackages::find_linked(std::string_view name, const DebFacts& from) const {
  const LockedInput* found = nullptr;
  for (const LockedInput& input : inputs_) {
    const bool fits =
        input.kind == LockedInput::Kind::deb && input.name == name &&
        (input.architecture == from.architecture || input.architecture == "all" || from.architecture == "all");
    if (!fits) continue;
    // Of several versions, that of the package which leads there.
    if (found == nullptr || input.version == from.version) found = &input;
  }
  return found;
}

Result<std::string> LockedPackages::copyright(std::size_t index) {
  DebFacts at = facts_.at(index);
  for (int links = 0; links < links_maximum && at.copyright.empty() && !at.copyright_of.empty(); ++links) {
    const LockedInput* next = find_linked(at.copyright_of, at);
    if (next == nullptr) return std::string{};
    ASTERISM_TRY(at, reader_.read(*next), "the copyright file of '{}'", printable(facts_.at(index).name));
  }
  return at.copyright;
}

}  // namespace asterism::image_tool
