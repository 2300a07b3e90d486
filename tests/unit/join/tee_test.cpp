// SPDX-License-Identifier: Apache-2.0
// A node without a TPM: its processor speaks for it, and its cluster knows the processor's certificate.
#include <boost/test/unit_test.hpp>

#include "attestation/snp_world.hpp"
#include "join_world.hpp"

using namespace asterism;
using namespace asterism::join;
using asterism::testing::Cluster;
using asterism::testing::Machine;
using asterism::testing::SnpWorld;

namespace {

constexpr const char* disk = "0f8b9e7c-1d2a-4c3b-8e5f-6a7b8c9d0e1f";

/// The kernel's interface on a host that keeps no certificates.
class ChipReports final : public attestation::TsmReports {
 public:
  ChipReports(const SnpWorld& world, unsigned measurement) : world_{world}, measurement_{measurement} {}
  Result<attestation::TsmReport> report(const attestation::FixedBytes<64>& data) override {
    auto made = SnpWorld::report();
    std::ranges::copy(data, made.begin() + 0x50);
    std::fill_n(made.begin() + 0x90, 48, static_cast<std::byte>(measurement_));
    return attestation::TsmReport{.kind = attestation::TsmKind::snp, .report = world_.sign(made), .certificates = {}};
  }

 private:
  const SnpWorld& world_;
  unsigned measurement_;
};

struct World {
  SnpWorld chip;
  asterism::testing::TpmMaker maker;
  Machine booted{maker, "booted"};  ///< what the manifest is made after
  Cluster cluster{maker};

  explicit World(bool known = true) {
    auto manifest = asterism::testing::manifest_of(booted);
    manifest.launch = {{.platform = "qemu",
                        .technology = manifest::Technology::snp,
                        .name = manifest::LaunchRegister::measurement,
                        .conditions = {},
                        .values = {Digest::from_bytes(HashAlgorithm::sha384, std::vector(48, std::byte{0xa5})).value()},
                        .reason = "test"}};
    cluster.publish(manifest, "1.0");
    Demands& demands = cluster.config.demands;
    demands.evidence = {attestation::EvidenceKind::snp};
    demands.snp.products = {attestation::SnpProduct::milan};
    demands.snp_floors = chip.floors;
    if (known) demands.snp_certificates = {chip.certificate()};
    cluster.roots = std::make_shared<attestation::VendorRoots>(chip.roots, chip.ark.certificate);
    cluster.start();
  }

  Result<Admission> ask(unsigned measurement = 0xa5) {
    ChipReports reports{chip, measurement};
    auto collector = attestation::EvidenceCollector::make({.tsm = &reports, .image = "asterism 1.0"}).value();
    return cluster.with_session([&](UniqueFd socket) {
      attestation::CollectedEvidence evidence{collector};
      return ask_to_join(std::move(socket), cluster.node_config(), disk, evidence, {});
    });
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_processor_brings_a_node_in) {
  World world;
  const auto admission = world.ask();
  BOOST_REQUIRE_MESSAGE(admission, world.cluster.last("reason"));
  BOOST_TEST(admission->answer.disk_key.size() == disk_key_bytes);
  const auto members = Registry::open(world.cluster.config.state).value();
  BOOST_REQUIRE(members.find("worker-1") != nullptr);
  BOOST_TEST(members.find("worker-1")->owner.starts_with("snp:7777"));
  BOOST_TEST(members.find("worker-1")->ak_public.empty());
}

// docs/join.md, "Without a TPM": nothing in the evidence says that the boot has joined.
BOOST_AUTO_TEST_CASE(without_a_tpm_a_boot_can_ask_twice) {
  World world;
  BOOST_REQUIRE(world.ask());
  BOOST_TEST(world.ask().has_value());
}

BOOST_AUTO_TEST_CASE(another_measurement_stays_out) {
  World world;
  BOOST_TEST(!world.ask(0xa6));
  BOOST_TEST(world.cluster.last("reason").contains("measurement"), world.cluster.last("reason"));
}

BOOST_AUTO_TEST_CASE(a_processor_whose_certificate_nobody_has_stays_out) {
  World world{false};
  BOOST_TEST(!world.ask());
  BOOST_TEST(world.cluster.last("reason").contains("nobody has the certificate"), world.cluster.last("reason"));
}
