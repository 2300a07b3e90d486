// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

namespace asterism::join {

/// A bucket of attempts for each key (an address, a node's name), refilled evenly. Bounded memory: full buckets are
/// forgotten, and with too many keys at once everybody shares one bucket.
class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;

  /// @param burst attempts at once; @param per_minute of refill.
  RateLimit(unsigned burst, unsigned per_minute, std::size_t keys_max)
      : burst_{static_cast<double>(burst)}, per_second_{per_minute / 60.0}, keys_max_{keys_max} {}

  /// Takes one attempt. @returns 0 if there was one, else the seconds until there is.
  unsigned take(const std::string& key, Clock::time_point now);

  [[nodiscard]] std::size_t size() const noexcept { return buckets_.size(); }

 private:
  struct Bucket {
    double attempts = 0;
    Clock::time_point at;
  };
  void forget_full(Clock::time_point now);

  double burst_;
  double per_second_;
  std::size_t keys_max_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace asterism::join
