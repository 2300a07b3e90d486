// SPDX-License-Identifier: Apache-2.0
// A TPM with what Azure's paravisor keeps in it, and a node that proves itself with that. The TPM is libtpms; the
// processor's report is signed by a maker of our own.
#include <filesystem>

#include <boost/test/unit_test.hpp>

#include "attestation/evidence/collector.hpp"
#include "judge_world.hpp"
#include "mutations.hpp"
#include "software_tpm.hpp"
#include "tpm/tpm.hpp"

using namespace asterism;
using namespace asterism::attestation;
using testing::Buffer;

namespace {

constexpr std::uint32_t report_index = 0x01400001;
constexpr std::uint32_t key_handle = 0x81000003;
constexpr const char* state_file = "paravisor-tpm";
const std::string tcti = std::string{"libtpms:"} + state_file;

/// The modulus stands at the end of an RSA key's TPMT_PUBLIC.
Buffer modulus_of(const Buffer& public_area) {
  return {public_area.end() - 256, public_area.end()};
}

/// A guest on such a machine, after its boot.
struct Guest {
  testing::JudgeWorld world;
  std::unique_ptr<tpm::Tpm> chip;
  std::string log = std::filesystem::absolute("tpm2-measure.log").string();

  /// @param named whether the report names the key that the TPM has, or another one.
  explicit Guest(bool named = true, bool keyed = true) {
    {
      std::filesystem::remove(state_file);
      testing::SoftwareTpm maker{true, tcti};
      if (keyed) maker.keep_ak(key_handle);
      const std::string data =
          named ? testing::hcl_runtime_data(modulus_of(maker.ak_public())) : world.tpm.runtime_data();
      maker.define(report_index, testing::paravisor_nv_of(world.snp, data));
    }
    chip = tpm::open_tpm(tcti).value();
    std::filesystem::remove(log);
    for (const unsigned pcr : {4U, 11U})
      static_cast<void>(chip->extend(pcr, as_bytes("image")).value());
    measure_words(*chip, log, "node-config", node_config_event(as_bytes("{}")).value()).value();
    world.rules.required = {EvidenceKind::paravisor};
    world.rules.snp_certificates = {world.snp.certificate()};  // a paravisor has none: clouds serve it elsewhere
    world.images.resize(1);
    world.images[0].pcrs = {{HashAlgorithm::sha384, {{4, {pcr(4)}}, {11, {pcr(11)}}}}};
  }
  [[nodiscard]] Digest pcr(unsigned index) const {
    return chip->read(tpm::PcrSelection::make(HashAlgorithm::sha384, {index}).value()).value().front();
  }
  [[nodiscard]] EvidenceCollector collector() const {
    return EvidenceCollector::make({.tpm = chip.get(), .userspace_log = log}).value();
  }
  [[nodiscard]] Result<NodeFacts> judged() const {
    auto made = collector();
    ASTERISM_TRY(const auto evidence, made.evidence(world.binding, {}));
    return world.judge(evidence);
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_guest_proves_itself_with_its_paravisors_key) {
  const Guest guest;
  BOOST_TEST(guest.collector().claim().value().empty());  // the hardware vouches for the key: nothing to challenge
  const auto facts = guest.judged();
  BOOST_REQUIRE_MESSAGE(facts, testing::why(facts));
  BOOST_TEST((facts->images == ImageNames{"node 1"}));
  BOOST_TEST(facts->identities.begin()->starts_with("snp:"));
  BOOST_REQUIRE(facts->events.size() == 1U);
  BOOST_TEST(facts->events[0].text.starts_with("asterism node-config sha256:"));
}

BOOST_AUTO_TEST_CASE(a_key_that_the_report_does_not_name_counts_nothing) {
  const auto refused = Guest{false}.judged();
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code() == Errc::unverified));
  BOOST_TEST(testing::why(refused).contains("TPM quote: signature"), testing::why(refused));
}

BOOST_AUTO_TEST_CASE(the_session_and_the_boot_are_the_quotes) {
  Guest guest;
  guest.world.shown_binding[5] ^= std::byte{1};
  BOOST_TEST(testing::why(guest.judged()).contains("extra_data"), testing::why(guest.judged()));
  guest.world.shown_binding = guest.world.binding;
  static_cast<void>(guest.chip->extend(11, as_bytes("more")).value());
  BOOST_TEST(testing::why(guest.judged()).contains("PCR 11 is"), testing::why(guest.judged()));
}

BOOST_AUTO_TEST_CASE(without_the_key_there_is_no_evidence) {
  const auto refused = Guest{true, false}.judged();
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code() == Errc::not_found), testing::why(refused));
}

BOOST_AUTO_TEST_CASE(an_index_of_somebody_else_changes_nothing) {
  {
    std::filesystem::remove(state_file);
    testing::SoftwareTpm maker{true, tcti};
    maker.define(report_index, as_bytes("something else"));
  }
  const auto chip = tpm::open_tpm(tcti).value();
  auto collector =
      EvidenceCollector::make({.tpm = chip.get(), .ek_certificate = {std::byte{1}}, .userspace_log = "none"}).value();
  BOOST_TEST(!collector.claim().value().empty());
  const auto evidence = collector.evidence({}, {}).value();
  const auto parts = Parts::parse(evidence).value();
  BOOST_TEST(!parts.find(Part::paravisor_report).has_value());
  BOOST_TEST(parts.find(Part::tpm_attest).has_value());
}
