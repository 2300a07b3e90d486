// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

namespace asterism::join {

/// Figures of a service, as Prometheus reads them. Not thread-safe: the owner guards it.
/// @source Prometheus text exposition format 0.0.4.
class Metrics {
 public:
  /// A session ended. @param outcome "joined", "listed", or a refusal's word.
  void count(const std::string& outcome) { ++outcomes_[outcome]; }
  /// A node joined. @param seconds from its connection to its answer.
  void observe(double seconds);
  void set_members(std::uint64_t members) { members_ = members; }
  void set_images(std::uint64_t images) { images_ = images; }
  void session_started() { ++open_; }
  void session_ended() { --open_; }

  [[nodiscard]] std::string to_text() const;

 private:
  static constexpr std::array<double, 8> bounds{0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 20};

  std::map<std::string, std::uint64_t> outcomes_;
  std::array<std::uint64_t, 8> buckets_{};
  std::uint64_t observed_ = 0;
  double seconds_ = 0;
  std::uint64_t members_ = 0;
  std::uint64_t images_ = 0;
  std::uint64_t open_ = 0;
};

}  // namespace asterism::join
