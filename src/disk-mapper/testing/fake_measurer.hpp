// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "disk-mapper/measurer.hpp"

namespace asterism::disk_mapper::testing {

/// Keeps the events in order.
class FakeMeasurer final : public Measurer {
 public:
  [[nodiscard]] Result<> measure(const std::string& event) override {
    events_.push_back(event);
    return {};
  }
  [[nodiscard]] const std::vector<std::string>& events() const noexcept { return events_; }

 private:
  std::vector<std::string> events_;
};

}  // namespace asterism::disk_mapper::testing
