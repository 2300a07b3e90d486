// SPDX-License-Identifier: Apache-2.0
#include "join/metrics.hpp"

#include <format>

namespace asterism::join {

void Metrics::observe(double seconds) {
  for (std::size_t i = 0; i < bounds.size(); ++i)
    if (seconds <= bounds[i]) ++buckets_[i];
  ++observed_;
  seconds_ += seconds;
}

std::string Metrics::to_text() const {
  std::string text =
      "# HELP asterism_join_sessions_total Sessions by outcome.\n# TYPE asterism_join_sessions_total counter\n";
  for (const auto& [outcome, count] : outcomes_)
    text += std::format("asterism_join_sessions_total{{outcome=\"{}\"}} {}\n", outcome, count);
  text +=
      "# HELP asterism_join_seconds Time from connection to answer of nodes that joined.\n"
      "# TYPE asterism_join_seconds histogram\n";
  for (std::size_t i = 0; i < bounds.size(); ++i)
    text += std::format("asterism_join_seconds_bucket{{le=\"{}\"}} {}\n", bounds[i], buckets_[i]);
  text += std::format(
      "asterism_join_seconds_bucket{{le=\"+Inf\"}} {}\nasterism_join_seconds_sum {}\nasterism_join_seconds_count {}\n",
      observed_, seconds_, observed_);
  const auto gauge = [&](const char* name, const char* help, std::uint64_t value) {
    text += std::format("# HELP {} {}\n# TYPE {} gauge\n{} {}\n", name, help, name, name, value);
  };
  gauge("asterism_join_members", "Nodes that have joined.", members_);
  gauge("asterism_join_images", "Images that are valid now.", images_);
  gauge("asterism_join_sessions_open", "Sessions that are going on.", open_);
  return text;
}

}  // namespace asterism::join
