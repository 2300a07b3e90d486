// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/digest_plan.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace asterism::measured_boot {
namespace {

bool same_bytes(const Stream& a, const Stream& b) {
  return std::ranges::equal(a, b, [](const Segment& x, const Segment& y) {
    return x.data.data() == y.data.data() && x.data.size() == y.data.size() && x.zeros_after == y.zeros_after;
  });
}

constexpr std::size_t stretch_bytes_max = 1U << 20;

void update(Hasher& hasher, const Stream& stream, const std::function<void(Bytes)>& done_with) {
  for (const Segment& segment : stream) {
    for (Bytes rest = segment.data; !rest.empty();) {
      const Bytes stretch = rest.first(std::min(rest.size(), stretch_bytes_max));
      hasher.update(stretch);
      if (done_with) done_with(stretch);
      rest = rest.subspan(stretch.size());
    }
    hasher.update_zeros(segment.zeros_after);
  }
}

}  // namespace

Segment Segment::owning(std::vector<std::byte> bytes) {
  auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  const Bytes data{*owner};
  return {.data = data, .zeros_after = 0, .owner = std::move(owner)};
}

std::uint64_t stream_size(const Stream& stream) {
  std::uint64_t size = 0;
  for (const Segment& segment : stream)
    size += segment.size();
  return size;
}

DigestPlan::Id DigestPlan::add(const Stream& stream) {
  for (std::size_t i = 0; i < works_.size(); ++i) {
    if (same_bytes(works_[i].stream, stream)) return {.stream = i, .continuation = 0};
  }
  works_.push_back({.stream = stream, .continuations = {}, .digests = {}});
  return {.stream = works_.size() - 1, .continuation = 0};
}

DigestPlan::Id DigestPlan::add_continuation(Id start, Stream rest) {
  Work& work = works_.at(start.stream);
  work.continuations.push_back(std::move(rest));
  return {.stream = start.stream, .continuation = work.continuations.size()};
}

Result<> DigestPlan::hash_one(Work& work, HashAlgorithm bank, const std::function<void(Bytes)>& done_with) {
  Hasher hasher{bank};
  update(hasher, work.stream, done_with);
  for (std::size_t i = 0; i < work.continuations.size(); ++i) {
    Hasher branch = hasher.fork();
    update(branch, work.continuations[i], done_with);
    ASTERISM_TRY(work.digests[i + 1].of(bank), branch.finish());
  }
  ASTERISM_TRY(work.digests[0].of(bank), hasher.finish());
  return {};
}

Result<> DigestPlan::run(unsigned threads, const std::function<void(Bytes)>& done_with) {
  struct Task {
    Work* work;
    HashAlgorithm bank;
    std::uint64_t cost;
    Result<> outcome;
  };
  std::vector<Task> tasks;
  for (Work& work : works_) {
    work.digests.assign(work.continuations.size() + 1, BankDigests{});
    std::uint64_t size = stream_size(work.stream);
    for (const Stream& rest : work.continuations)
      size += stream_size(rest);
    // SHA-384 takes about two and a half times as long as SHA-256 where the CPU has instructions for the latter.
    tasks.push_back({&work, HashAlgorithm::sha256, size * 2, {}});
    tasks.push_back({&work, HashAlgorithm::sha384, size * 5, {}});
  }
  std::ranges::stable_sort(tasks, std::greater{}, &Task::cost);  // the longest first keeps all threads busy to the end

  std::atomic<std::size_t> next = 0;
  const auto worker = [&] {
    for (std::size_t i = next++; i < tasks.size(); i = next++)
      tasks[i].outcome = hash_one(*tasks[i].work, tasks[i].bank, done_with);
  };
  {
    std::vector<std::jthread> helpers;
    for (unsigned i = 1; i < threads; ++i)
      helpers.emplace_back(worker);
    worker();
  }
  for (const Task& task : tasks)
    ASTERISM_CHECK(task.outcome, "hashing");
  return {};
}

const BankDigests& DigestPlan::digests(Id id) const {
  return works_.at(id.stream).digests.at(id.continuation);
}

}  // namespace asterism::measured_boot
