// SPDX-License-Identifier: Apache-2.0
// 1,000 joins against one service: evidence of TPMs in memory, real sessions, a Kubernetes in memory, state and audit
// log on disk. Nodes run in the same process, so that half of the work that is counted is theirs. Prints a JSON list of
// {name, value, unit, runs}.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "common/fs.hpp"
#include "join/join_world.hpp"

using namespace asterism;
using testing::Machine;

namespace {

constexpr unsigned joins = 1000;
constexpr unsigned at_once = 8;

/// Highest memory of this process so far, MB.
double peak_megabytes() {
  const auto status = read_text_file("/proc/self/status", 1 << 16).value();
  return std::strtod(status.c_str() + status.find("VmHWM:") + 6, nullptr) / 1024;
}

double percentile(std::vector<double>& times, double share) {
  const auto place = times.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(times.size() - 1));
  std::ranges::nth_element(times, place);
  return *place;
}

}  // namespace

int main() {
  const testing::TpmMaker maker;
  std::vector<std::unique_ptr<Machine>> machines;
  for (unsigned i = 0; i < at_once; ++i)
    machines.push_back(std::make_unique<Machine>(maker, "node"));
  testing::Cluster cluster{maker};
  cluster.publish(testing::manifest_of(*machines.front()), "1.0");
  cluster.config.rates = {.burst = 100'000, .per_minute = 100'000};
  cluster.start();

  std::atomic<unsigned> next{0};
  std::vector<double> times(joins);
  const join::NodeConfig config = cluster.node_config();
  const double before = peak_megabytes();
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> nodes;
    for (const auto& machine : machines) {
      nodes.emplace_back([&] {
        for (unsigned i = next++; i < joins; i = next++) {
          join::NodeConfig own = config;
          own.name = std::format("worker-{}", i);
          const auto asked = std::chrono::steady_clock::now();
          const auto outcome = cluster.ask(*machine, own);
          if (!outcome) {
            std::fprintf(stderr, "%s\n", outcome.error().message().c_str());
            std::abort();
          }
          times[i] = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - asked).count();
        }
      });
    }
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf(
      "[{\"name\":\"joins\",\"value\":%.1f,\"unit\":\"1/s\",\"runs\":%u},"
      "{\"name\":\"joins-p50\",\"value\":%.2f,\"unit\":\"ms\",\"runs\":%u},"
      "{\"name\":\"joins-p99\",\"value\":%.2f,\"unit\":\"ms\",\"runs\":%u},"
      "{\"name\":\"joins-memory\",\"value\":%.1f,\"unit\":\"MB\",\"runs\":1}]\n",
      joins / seconds, joins, percentile(times, 0.5), joins, percentile(times, 0.99), joins, peak_megabytes() - before);
  return 0;
}
