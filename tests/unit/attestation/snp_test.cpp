// SPDX-License-Identifier: Apache-2.0
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "attestation/pinned_roots.hpp"
#include "mutations.hpp"
#include "snp_world.hpp"

using namespace asterism;
using namespace asterism::attestation;
using testing::Buffer;
using testing::Mutation;

namespace {

/// Made once: RSA keys take their time.
testing::SnpWorld world() {
  static const testing::SnpWorld made;
  return made;
}

void change_extension(testing::SnpWorld& changed, const Mutation& row) {
  const auto [suffix, value] = row.word();
  auto& extension = changed.extension(suffix);
  if (value == "none") {
    std::erase_if(changed.extensions, [&](const auto& each) { return each.oid == extension.oid; });
  } else if (value == "twice") {
    changed.extensions.push_back(extension);
  } else if (value == "critical") {
    extension.value = from_hex("0500").value();
    extension.critical = true;
  } else {
    extension.value = from_hex(value).value();
  }
}

void set_crl(testing::SnpWorld& changed, const std::string& kind) {
  const auto now = testing::SnpWorld::now.time_since_epoch().count();
  const auto forger = testing::issue({.common_name = "ARK-Test", .ca = true}, testing::make_ec_key("P-256"));
  const auto& issuer = kind == "ask" ? changed.ask : kind == "forged" ? forger : changed.ark;
  const std::vector<std::uint32_t> serials =
      kind == "revoked" ? std::vector{testing::SnpWorld::ask_serial} : std::vector<std::uint32_t>{};
  const Buffer crl = testing::make_crl(issuer, kind == "future" ? now + 10 : now - 100,
                                       kind == "expired" ? now - 10 : now + 1000, serials, kind == "critical");
  BOOST_REQUIRE(changed.roots.set_crl(SnpProduct::milan, crl).has_value());
}

void change_chain(testing::SnpWorld& changed, const testing::Issued& stranger, const Mutation& row) {
  const auto [word, value] = row.word();
  if (word == "cn") changed.leaf.common_name = value;
  if (word == "issuer") changed.leaf.issuer = value == "asvk" ? &changed.asvk : &stranger;
  if (word == "pss") changed.leaf.pss = false;
  if (word == "begins") changed.leaf.not_before = std::stoll(value);
  if (word == "ends") changed.leaf.not_after = std::stoll(value);
  if (word == "crl") set_crl(changed, value);
  if (word == "key") changed.chip_key = testing::make_ec_key("P-256");
  if (word == "roots") changed.roots = SnpRoots{{}};
}

void change_policy(testing::SnpWorld& changed, const Mutation& row) {
  const auto [word, value] = row.word();
  if (word == "products") changed.policy.products.clear();
  if (word == "floor" && value == "none") changed.floors.clear();
  if (word == "floor" && value == "snp") ++changed.floors[SnpProduct::milan].snp;
  if (word == "images" && value == "none") changed.images.clear();
  if (word == "images" && value == "other") changed.images.erase(changed.images.begin());
  if (word == "images" && value == "off") {
    changed.policy.measurement_from_images = false;
    changed.policy.id_keys.clear();
  }
  if (word == "mitigations") changed.policy.mitigations_required = 1;
  if (word == "chip") changed.policy.chip_ids = {FixedBytes<64>{}};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_generated_report_passes) {
  const auto outcome = world().verify(world().sign(testing::SnpWorld::report()));
  BOOST_REQUIRE_MESSAGE(outcome, testing::why(outcome));
  BOOST_TEST((outcome->images() == ImageNames{"node 1"}));
  BOOST_TEST((**outcome).report.guest_svn == 7u);
  BOOST_TEST(((**outcome).product == SnpProduct::milan));
}

BOOST_AUTO_TEST_CASE(the_next_image_passes_too) {
  auto report = testing::SnpWorld::report();
  std::fill_n(report.begin() + 0x90, 48, std::byte{0xa7});
  const auto outcome = world().verify(world().sign(report));
  BOOST_REQUIRE_MESSAGE(outcome, testing::why(outcome));
  BOOST_TEST((outcome->images() == ImageNames{"node 2"}));
}

BOOST_AUTO_TEST_CASE(a_vlek_passes_unless_refused) {
  auto changed = world();
  changed.leaf.common_name = "SEV-VLEK";
  change_extension(changed, {"", "", "4=none", "", ""});
  changed.extension("5").value = testing::der(0x16, as_bytes("cloud"));
  auto report = testing::SnpWorld::report();
  report[0x48] = std::byte{0x05};
  const Buffer signed_report = changed.sign(report);
  const auto outcome = changed.verify(signed_report);
  BOOST_REQUIRE_MESSAGE(outcome, testing::why(outcome));
  BOOST_TEST((**outcome).csp_id == "cloud");
  changed.policy.allow_vlek = false;
  const auto refused = changed.verify(signed_report);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message().contains("key_info.signing_key"));
}

BOOST_AUTO_TEST_CASE(turin_has_its_own_layout) {
  auto changed = world();
  changed.extension("2").value = testing::der(0x16, as_bytes("Turin"));
  changed.extension("3.9").value = testing::der_byte(1);
  changed.extension("4").value = Buffer(8, std::byte{0x77});
  changed.floors[SnpProduct::turin].fmc = 1;
  changed.policy.chip_ids.clear();
  changed.policy.mitigations_required = 0x2;
  auto report = testing::SnpWorld::report();
  report[0] = std::byte{5};
  report[0x188] = std::byte{0x1a};
  std::fill_n(report.begin() + 0x1a8, 56, std::byte{0});
  const auto tcb = from_hex("01040116000000d5").value();
  for (const std::size_t offset : {0x38U, 0x180U, 0x1e0U, 0x1f0U})
    std::ranges::copy(tcb, report.begin() + offset);
  report[0x1f8] = std::byte{3};
  report[0x200] = std::byte{2};
  const auto outcome = changed.verify(changed.sign(report));
  BOOST_REQUIRE_MESSAGE(outcome, testing::why(outcome));
  BOOST_TEST((**outcome).report.reported_tcb.fmc == 1u);
  BOOST_TEST((**outcome).report.launch_mitigations == 3u);

  report[0x200] = std::byte{1};
  const auto refused = changed.verify(changed.sign(report));
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message().contains("current_mitigation_vector"), refused.error().message());
}

BOOST_AUTO_TEST_CASE(a_crl_without_the_ask_changes_nothing) {
  auto changed = world();
  set_crl(changed, "good");
  const auto outcome = changed.verify(changed.sign(testing::SnpWorld::report()));
  BOOST_TEST(outcome.has_value(), testing::why(outcome));
}

BOOST_DATA_TEST_CASE(every_field_is_watched, testing::mutation_table("snp_mutations.txt"), row) {
  auto changed = world();
  static const auto stranger = testing::issue({.common_name = "SEV-Test", .ca = true}, testing::make_rsa_key());
  Buffer report = testing::SnpWorld::report();
  const bool cut = row.change.starts_with("end=") || row.change.starts_with("add=");
  if (row.what == "report" && !cut) report = row.patch(report);
  if (row.what == "extension") change_extension(changed, row);
  if (row.what == "chain") change_chain(changed, stranger, row);
  if (row.what == "policy") change_policy(changed, row);
  Buffer signed_report = changed.sign(report);
  if (row.what == "unsigned" || cut) signed_report = row.patch(signed_report);
  testing::check_refusal(changed.verify(signed_report), row);
}

BOOST_AUTO_TEST_CASE(no_bit_of_the_signed_part_can_change) {
  const auto good = world().sign(testing::SnpWorld::report());
  const auto changed = world();
  for (std::size_t i = 0; i < SnpReport::signed_bytes; i += 7) {  // each field at least once
    auto report = good;
    report[i] ^= std::byte{0x10};
    BOOST_TEST(!changed.verify(report).has_value(), "byte " << i);
  }
}

BOOST_AUTO_TEST_CASE(the_recorded_report_passes) {
  const Buffer report = testing::test_file("report_milan_a.bin");
  const Buffer vcek = testing::test_file("vcek_milan_a.der");
  const auto roots = SnpRoots::pinned().value();
  const auto parsed = parse_snp_report(report).value();
  BOOST_TEST(to_hex(parsed.measurement).starts_with("b07af9620f3b839b"));
  const StaticReferenceValues references{
      {{.name = "recorded",
        .snp_measurements = {Digest::from_bytes(HashAlgorithm::sha384, parsed.measurement).value()},
        .td_registers = {},
        .pcrs = {}}},
      {{SnpProduct::milan, {.bootloader = 2, .tee = 0, .snp = 5, .microcode = 68}}},
      0};
  SnpPolicy policy{.products = {SnpProduct::milan}, .allow_debug = true, .allow_smt = true};
  SnpExpectation expected;
  std::ranges::copy(from_hex("0102030405").value(), expected.report_data.begin());
  const Time recorded{std::chrono::seconds{1'664'000'000}};  // 2022-09-24, the day of the certificate
  const auto verify = [&](Time time) {
    return Verifier::verify_snp({.report = report, .key_certificate = vcek}, roots, policy, references, expected, time);
  };
  const auto outcome = verify(recorded);
  BOOST_REQUIRE_MESSAGE(outcome, testing::why(outcome));
  BOOST_TEST((outcome->images() == ImageNames{"recorded"}));
  BOOST_TEST(verify(Time{std::chrono::seconds{1'900'000'000}}).error().message().contains("has expired"));
  policy.allow_debug = false;
  BOOST_TEST(verify(recorded).error().message().contains("policy.debug"));
}

BOOST_AUTO_TEST_CASE(the_pinned_roots_are_amds_and_intels) {
  const struct {
    std::string_view pem;
    std::string_view root_sha256;
  } rows[] = {{pinned::amd_milan_vcek, "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd"},
              {pinned::amd_milan_vlek, "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd"},
              {pinned::amd_genoa_vcek, "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1"},
              {pinned::amd_genoa_vlek, "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1"},
              {pinned::amd_turin_vcek, "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a"},
              {pinned::amd_turin_vlek, "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a"},
              {pinned::intel_sgx_root_ca, "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3"}};
  for (const auto& row : rows) {
    const auto list = Certificate::from_pem(row.pem, 2).value();
    BOOST_TEST(sha256(list.back().der().value()).value().hex() == row.root_sha256);
    const auto now = testing::SnpWorld::now;
    BOOST_TEST(verify_chain(list.front(), {}, list.back(), now).has_value());
  }
}
