// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "attestation/evidence/collector.hpp"
#include "attestation/pki.hpp"
#include "join/agent.hpp"
#include "join/service.hpp"
#include "join/testing/fake_kubernetes.hpp"
#include "manifest/manifest.hpp"
#include "tpm/testing/fake_tpm.hpp"

namespace asterism::testing {

inline constexpr std::string_view world_cluster = "prod.example";

/// Makers of TPMs, whose certificates the cluster trusts, or not.
struct TpmMaker {
  Issued root = issue({.common_name = "TPM root", .ca = true}, make_ec_key("P-256"));
  [[nodiscard]] Buffer certificate_for(tpm::Tpm& chip) const;
};

/// A machine with a TPM that booted an image: PCRs as that image's manifest says, and nothing joined yet.
class Machine {
 public:
  /// @param boot what was booted: other words give other PCRs.
  Machine(const TpmMaker& maker, const std::string& name, std::string_view boot = "image 1");

  /// Measures words into PCR 15.
  void measure(const std::string& words);
  /// Power off and on: the same image again.
  void restart();
  [[nodiscard]] attestation::EvidenceCollector collector(std::string image = "asterism 1.0",
                                                         std::optional<attestation::ShownManifest> shown = {});
  /// PCRs of one bank as they are now.
  [[nodiscard]] attestation::PcrValues pcrs(HashAlgorithm bank);

  tpm::testing::FakeTpm chip;
  std::string log;

 private:
  void boot();
  std::string boot_;
  Buffer certificate_;
};

/// A released manifest of the image that `machine` booted. At every stage PCR 11 is what the machine has now.
manifest::Manifest manifest_of(Machine& machine, std::string version = "1.0",
                               manifest::Lifecycle state = manifest::Lifecycle::stable);

/// A cluster: a join-service on a machine of its own, over a folder of manifests, with a Kubernetes in memory.
class Cluster {
 public:
  explicit Cluster(const TpmMaker& maker, std::string cluster = std::string{world_cluster});

  /// Publishes a manifest into the service's folder; it counts after start() or reload().
  void publish(const manifest::Manifest& manifest, const std::string& file, std::size_t key = 1);
  void start();
  /// One session with the service, whose client does `talk`. Waits for the service to be done with it.
  template <class Talk>
  auto with_session(Talk&& talk) {
    auto [client, server] = sockets();
    std::jthread serving{[this, fd = std::move(server)]() mutable { service->serve(std::move(fd), peer); }};
    return talk(std::move(client));
  }
  /// A node asks to be let in.
  Result<join::Admission> ask(Machine& machine, const join::NodeConfig& config, const std::string& disk_uuid = "",
                              const std::string& image = "asterism 1.0");
  [[nodiscard]] join::NodeConfig node_config(std::string name = "worker-1") const;
  /// Lines of the audit log, oldest first.
  [[nodiscard]] std::vector<Json> audit() const;
  /// A text field of the audit log's last line.
  [[nodiscard]] std::string last(std::string_view key) const;

  const TpmMaker& maker;
  std::string folder;
  std::string peer = "192.0.2.7";  ///< where sessions come from
  join::ServiceConfig config;
  std::shared_ptr<const attestation::VendorRoots> roots;  ///< of processors; null: the pinned ones
  join::testing::FakeKubernetes* kubernetes = nullptr;
  std::unique_ptr<join::JoinService> service;

 private:
  static std::pair<UniqueFd, UniqueFd> sockets();

  Machine host_;
  manifest::Manifest host_manifest_;
  std::unique_ptr<attestation::EvidenceCollector> host_collector_;
  std::mutex host_lock_;
};

/// The text of a manifest as it is signed, and the signature of a test key.
std::pair<std::string, std::vector<std::byte>> signed_manifest(const manifest::Manifest& manifest, std::size_t key = 1);

}  // namespace asterism::testing
