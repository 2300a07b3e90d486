// SPDX-License-Identifier: Apache-2.0
#include "join/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace asterism::join {
namespace {

double seconds_between(RateLimit::Clock::time_point from, RateLimit::Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

void RateLimit::forget_full(Clock::time_point now) {
  std::erase_if(buckets_, [&](const auto& entry) {
    return entry.second.attempts + seconds_between(entry.second.at, now) * per_second_ >= burst_;
  });
}

unsigned RateLimit::take(const std::string& key, Clock::time_point now) {
  if (!buckets_.contains(key) && buckets_.size() >= keys_max_) forget_full(now);
  const std::string used = buckets_.contains(key) || buckets_.size() < keys_max_ ? key : std::string{};
  auto& bucket = buckets_.try_emplace(used, Bucket{.attempts = burst_, .at = now}).first->second;
  bucket.attempts = std::min(burst_, bucket.attempts + seconds_between(bucket.at, now) * per_second_);
  bucket.at = now;
  if (bucket.attempts >= 1) {
    bucket.attempts -= 1;
    return 0;
  }
  return static_cast<unsigned>(std::ceil((1 - bucket.attempts) / per_second_));
}

}  // namespace asterism::join
