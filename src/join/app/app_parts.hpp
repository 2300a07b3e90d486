// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <mutex>

#include "attestation/evidence/collector.hpp"
#include "join/service.hpp"

namespace asterism::join {

/// The service's own evidence in sessions that go on at the same time: one TPM, one command after the other.
class SharedEvidence final : public attestation::EvidenceProvider {
 public:
  SharedEvidence(attestation::EvidenceCollector& collector, std::mutex& lock) : evidence_{collector}, lock_{lock} {}
  Result<std::vector<std::byte>> claim() override { return evidence_.claim(); }
  Result<> answer(Bytes challenge) override {
    const std::scoped_lock lock{lock_};
    return evidence_.answer(challenge);
  }
  Result<std::vector<std::byte>> evidence(const attestation::Binding& binding) override {
    const std::scoped_lock lock{lock_};
    return evidence_.evidence(binding);
  }

 private:
  attestation::CollectedEvidence evidence_;
  std::mutex& lock_;
};

/// Serves until SIGTERM or SIGINT. SIGHUP, and every minute by itself: manifests are read again. One thread waits for
/// all of that; sessions, which wait for their peers, run in config.sessions_max others.
/// @errors `internal` from the event loop; `conflict`, `unavailable` for the address of health and metrics.
[[nodiscard]] Result<> run_server(JoinService& service, UniqueFd listener, const ServiceConfig& config);

}  // namespace asterism::join
