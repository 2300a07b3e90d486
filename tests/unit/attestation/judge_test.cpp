// SPDX-License-Identifier: Apache-2.0
// What a relying party makes of evidence of processors: generated chains, recorded evidence, and each way to be wrong.
#include "attestation/evidence/judge.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "judge_world.hpp"
#include "mutations.hpp"

using namespace asterism;
using namespace asterism::attestation;
using testing::Buffer;
using testing::JudgeWorld;
using testing::Mutation;

namespace {

/// Made once: RSA keys take their time.
JudgeWorld world(EvidenceKind kind) {
  static const JudgeWorld made;
  JudgeWorld copy = made;
  copy.rules.required = {kind};
  return copy;
}

void change_rules(JudgeWorld& changed, const std::string& word, const std::string& value) {
  JudgeRules& rules = changed.rules;
  if (word == "required") rules.required.clear();
  if (word == "also") rules.required.insert(parse_evidence_kind(value).value());
  if (word == "products") rules.snp.products.clear();
  if (word == "keys") rules.snp.id_keys.clear();
  if (word == "cluster") rules.cluster = value;
  if (word == "standing") rules.standing = Standing::member;
  if (word == "collateral") rules.tdx_collateral.reset();
  if (word == "crl") rules.tdx_collateral->pck_crl.clear();
  if (word == "tcb_info") rules.tdx_collateral->tcb_info = value;
  if (word == "pinned") rules.roots = nullptr;
  if (word == "images") std::erase_if(changed.images, [&](const auto& image) { return image.name == value; });
  if (word == "floors") changed.floors.clear();
  if (word == "evaluation") changed.evaluation_number_min = 18;
}

void apply(JudgeWorld& changed, const Mutation& row) {
  const auto colon = row.what.find(' ');
  const std::string place = row.what.substr(colon + 1);
  const auto [word, value] = row.word();
  if (place == "report") changed.snp_report = row.patch(changed.snp_report);
  if (place == "body") changed.tdx.body = row.patch(changed.tdx.body);
  if (place == "part") changed.left_out = static_cast<Part>(std::stoul(word));
  if (place == "bytes") changed.broken = static_cast<Part>(std::stoul(word));
  if (place == "table") changed.certificates = value.empty() ? Buffer{} : from_hex(value).value();
  if (place == "binding") changed.shown_binding[0] ^= std::byte{1};
  if (place == "nv") changed.nv = row.patch(changed.nv);
  if (place == "data") changed.rename_runtime_data = true;
  if (place == "ak") changed.tpm.ak = testing::make_rsa_key();
  if (place == "event") changed.measured.push_back({.text = row.change, .digest = {}});
  if (place == "hidden") changed.told.push_back({.text = row.change, .digest = {}});
  if (place == "pcr") changed.tpm.pcrs.insert_or_assign(4U, testing::pcr_value(104));
  if (place == "rules") change_rules(changed, word, value);
}

EvidenceKind kind_of(const Mutation& row) {
  return parse_evidence_kind(row.what.substr(0, row.what.find(' '))).value();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_report_of_this_session_passes) {
  const auto facts = world(EvidenceKind::snp).judge();
  BOOST_REQUIRE_MESSAGE(facts, testing::why(facts));
  BOOST_TEST((facts->images == ImageNames{"node 1"}));
  BOOST_TEST((facts->identities == std::set<std::string>{"snp:" + to_hex(Buffer(64, std::byte{0x77}))}));
  BOOST_TEST(facts->firmware.starts_with("Milan"), facts->firmware);
  BOOST_TEST(facts->events.empty());
}

BOOST_AUTO_TEST_CASE(a_certificate_at_hand_takes_the_place_of_the_hosts_table) {
  auto changed = world(EvidenceKind::snp);
  changed.certificates.clear();
  changed.rules.snp_certificates = {Buffer{std::byte{1}}, changed.snp.certificate()};
  const auto facts = changed.judge();
  BOOST_TEST(facts.has_value(), testing::why(facts));
}

BOOST_AUTO_TEST_CASE(a_quote_of_this_session_passes) {
  const auto facts = world(EvidenceKind::tdx).judge();
  BOOST_REQUIRE_MESSAGE(facts, testing::why(facts));
  BOOST_TEST((facts->images == ImageNames{"node 1"}));
  BOOST_TEST((facts->identities == std::set<std::string>{"tdx:" + to_hex(Buffer(16, std::byte{0x88}))}));
  BOOST_TEST(facts->firmware == "tdx UpToDate");
}

BOOST_AUTO_TEST_CASE(a_tpm_inside_a_paravisor_passes) {
  const auto facts = world(EvidenceKind::paravisor).judge();
  BOOST_REQUIRE_MESSAGE(facts, testing::why(facts));
  BOOST_TEST((facts->images == ImageNames{"node 1"}));
  BOOST_TEST(facts->identities.begin()->starts_with("snp:77"));
  BOOST_REQUIRE(facts->events.size() == 1U);
  BOOST_TEST(facts->events[0].text == "asterism node-config sha256:00");
}

BOOST_AUTO_TEST_CASE(two_kinds_have_to_show_the_same_image) {
  auto changed = world(EvidenceKind::snp);
  changed.rules.required.insert(EvidenceKind::tdx);
  const auto both = changed.judge();
  BOOST_REQUIRE_MESSAGE(both, testing::why(both));
  BOOST_TEST(both->identities.size() == 2U);
  // The report is of "node 1", the quote of the next version.
  for (auto& image : changed.images)
    if (image.name == "node 1") image.td_registers.clear();
  changed.images.push_back({.name = "node 3", .td_registers = changed.tdx.images[0].td_registers});
  const auto mixed = changed.judge();
  BOOST_REQUIRE(!mixed);
  BOOST_TEST(testing::why(mixed).contains("another image than the other evidence"), testing::why(mixed));
}

BOOST_DATA_TEST_CASE(everything_else_is_refused, testing::mutation_table("judge_mutations.txt"), row) {
  auto changed = world(kind_of(row));
  apply(changed, row);
  testing::check_refusal(changed.judge(), row);
}

BOOST_AUTO_TEST_CASE(no_byte_of_a_report_or_quote_can_be_changed_on_the_way) {
  for (const auto& [kind, part] :
       {std::pair{EvidenceKind::snp, Part::snp_report}, std::pair{EvidenceKind::tdx, Part::tdx_quote}}) {
    const auto good = world(kind);
    const Buffer evidence = good.evidence();
    const Bytes content = Parts::parse(evidence).value().need(part).value();
    const auto start = static_cast<std::size_t>(content.data() - evidence.data());
    for (std::size_t i = 0; i < 632; i += 13) {
      Buffer altered = evidence;
      altered[start + i] ^= std::byte{0x10};
      BOOST_TEST(!good.judge(altered).has_value(), to_string(part) << " byte " << i);
    }
  }
}

// A guest that allows debugging, on a machine of 2022, whose report data start with five bytes and are zero then.
BOOST_AUTO_TEST_CASE(the_recorded_report_is_judged_by_pinned_roots) {
  const Buffer report = testing::test_file("report_milan_a.bin");
  const auto parsed = parse_snp_report(report).value();
  Parts parts;
  parts.add(Part::snp_report, report);
  JudgeRules rules{.required = {EvidenceKind::snp},
                   .snp_certificates = {testing::test_file("vcek_milan_a.der")},
                   .snp = {.products = {SnpProduct::milan}, .allow_debug = true, .allow_smt = true}};
  const StaticReferenceValues references{
      {{.name = "recorded",
        .snp_measurements = {Digest::from_bytes(HashAlgorithm::sha384, parsed.measurement).value()}}},
      {{SnpProduct::milan, {.bootloader = 2, .tee = 0, .snp = 5, .microcode = 68}}},
      0};
  Binding binding{};
  std::ranges::copy(from_hex("0102030405").value(), binding.begin());
  const Time recorded{std::chrono::seconds{1'664'000'000}};  // 2022-09-24
  const auto facts = judge(parts, std::nullopt, rules, references, binding, recorded);
  BOOST_REQUIRE_MESSAGE(facts, testing::why(facts));
  BOOST_TEST((facts->images == ImageNames{"recorded"}));
  binding[0] = std::byte{2};
  const auto elsewhere = judge(parts, std::nullopt, rules, references, binding, recorded);
  BOOST_TEST(testing::why(elsewhere).contains("report_data"), testing::why(elsewhere));
  rules.snp.allow_debug = false;
  binding[0] = std::byte{1};
  const auto strict = judge(parts, std::nullopt, rules, references, binding, recorded);
  BOOST_TEST(testing::why(strict).contains("policy.debug"), testing::why(strict));
}

// The machine's microcode is older than anything in the collateral that was recorded with it: the chain holds, and the
// verdict is about the platform.
BOOST_AUTO_TEST_CASE(the_recorded_quote_is_judged_by_pinned_roots) {
  Buffer quote = testing::test_file("tdx_prod_quote_SPR_E4.dat");
  quote.resize(4935);
  Parts parts;
  parts.add(Part::tdx_quote, quote);
  const auto text = [](const char* name) {
    const Buffer bytes = testing::test_file(name);
    return std::string{as_text(bytes)};
  };
  JudgeRules rules{.required = {EvidenceKind::tdx}};
  rules.tdx_collateral =
      TdxCollateralTexts{.tcb_info = text("sample_tcbInfo_response"),
                         .qe_identity = text("sample_qeIdentity_response"),
                         .signing_chain = text("intel_tcb_signing.pem") + testing::pem(pinned_intel_root().value()),
                         .pck_crl = testing::test_file("pckcrl"),
                         .root_crl = testing::test_file("rootcrl.der")};
  const StaticReferenceValues references{{}, {}, 0};
  const auto verdict =
      judge(parts, std::nullopt, rules, references, {}, Time{std::chrono::seconds{1'687'600'000}});  // 2023-06-24
  BOOST_REQUIRE(!verdict);
  BOOST_TEST(testing::why(verdict).contains("tcb: the platform is below"), testing::why(verdict));
  const auto late = judge(parts, std::nullopt, rules, references, {}, Time{std::chrono::seconds{1'690'000'000}});
  BOOST_TEST(testing::why(late).contains("nextUpdate has passed"), testing::why(late));
}
