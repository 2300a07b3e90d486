// SPDX-License-Identifier: Apache-2.0
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "mutations.hpp"
#include "tdx_world.hpp"

using namespace asterism;
using namespace asterism::attestation;
using testing::Buffer;
using testing::Mutation;

namespace {

testing::TdxWorld world() {
  static const testing::TdxWorld made;
  return made;
}

void replace(std::string& text, const std::string& change) {
  const auto equals = change.find('=');
  const std::string from = change.substr(0, equals);
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error{"not in the text: " + from};
  text.replace(at, from.size(), change.substr(equals + 1));
}

void change_extension(testing::TdxWorld& changed, const Mutation& row) {
  std::string hex = to_hex(changed.pck_extension);
  replace(hex, row.change);
  changed.pck_extension = from_hex(hex).value();
}

void change_chain(testing::TdxWorld& changed, const Mutation& row) {
  using World = testing::TdxWorld;
  static const World stranger;
  const auto [word, value] = row.word();
  if (word == "revoked" && value == "pck") changed.pck_revoked = {World::pck_serial};
  if (word == "revoked" && value == "ca") changed.root_revoked = {World::ca_serial};
  if (word == "revoked" && value == "signing") changed.root_revoked = {World::signing_serial};
  if (word == "crl") changed.crl_next_update = World::now.time_since_epoch().count() - 1;
  if (word == "pck" && value == "expired") changed.pck.not_after = 1'700'000'000;
  if (word == "pck" && value == "name") changed.pck.common_name = "Intel SGX TCB Signing";
  if (word == "pck" && value == "stranger") changed.pck.issuer = &stranger.ca;
  if (word == "root") changed.root = stranger.root;
  if (word == "signing") changed.signing = value == "ca" ? changed.ca : stranger.signing;
}

void change_policy(testing::TdxWorld& changed, const Mutation& row) {
  const auto [word, value] = row.word();
  if (word == "images") changed.images.clear();
  if (word == "evaluation") changed.evaluation_number_min = 18;
  if (word == "statuses") changed.policy.statuses.clear();
}

Buffer quote_with_patched_qe(const testing::TdxWorld& changed, const Mutation& row) {
  return changed.quote(
      4, [](Buffer report, const void* context) { return static_cast<const Mutation*>(context)->patch(report); }, &row);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_generated_quote_passes) {
  const auto outcome = world().verify(world().quote());
  BOOST_REQUIRE_MESSAGE(outcome, testing::why(outcome));
  BOOST_TEST((outcome->images() == ImageNames{"node 1"}));
  BOOST_TEST(((**outcome).status == TcbStatus::up_to_date));
}

BOOST_AUTO_TEST_CASE(zeros_may_follow) {
  Buffer quote = world().quote();
  quote.resize(8000);
  const auto outcome = world().verify(quote);
  BOOST_TEST(outcome.has_value(), testing::why(outcome));
}

BOOST_AUTO_TEST_CASE(version_5_has_both_bodies) {
  auto changed = world();
  const auto short_body = changed.verify(changed.quote(5));
  BOOST_TEST(short_body.has_value(), testing::why(short_body));
  changed.body.resize(648);
  const auto long_body = changed.verify(changed.quote(5));
  BOOST_REQUIRE_MESSAGE(long_body, testing::why(long_body));
  BOOST_TEST((**long_body).body.mr_service_td.has_value());

  Buffer quote = changed.quote(5);
  quote[48] = std::byte{2};
  BOOST_TEST(testing::why(changed.verify(quote)).contains("body_size"));
  quote[48] = std::byte{1};
  BOOST_TEST(testing::why(changed.verify(quote)).contains("body_type: 1"));
  changed.body[0x258] = std::byte{1};
  BOOST_TEST(testing::why(changed.verify(changed.quote(5))).contains("mr_service_td"));
  changed.policy.allow_migration = true;
  BOOST_TEST(changed.verify(changed.quote(5)).has_value());
}

BOOST_AUTO_TEST_CASE(a_module_of_tdx_1_0_is_judged_with_the_platform) {
  auto changed = world();
  changed.body[1] = std::byte{0};
  for (int i = 0; i < 2; ++i)
    replace(changed.tcb_info, R"([{"svn":9},{"svn":9},=[{"svn":3},{"svn":0},)");
  const auto outcome = changed.verify(changed.quote());
  BOOST_TEST(outcome.has_value(), testing::why(outcome));
}

BOOST_AUTO_TEST_CASE(a_worse_status_can_be_allowed) {
  auto changed = world();
  changed.body[0] = std::byte{2};
  changed.policy.statuses.insert(TcbStatus::out_of_date);
  const auto outcome = changed.verify(changed.quote());
  BOOST_REQUIRE_MESSAGE(outcome, testing::why(outcome));
  BOOST_TEST(((**outcome).status == TcbStatus::out_of_date));
  BOOST_TEST((**outcome).advisories == std::vector<std::string>{"M-1"});
}

BOOST_DATA_TEST_CASE(every_field_is_watched, testing::mutation_table("tdx_mutations.txt"), row) {
  auto changed = world();
  if (row.what == "body") changed.body = row.patch(changed.body);
  if (row.what == "pck") change_extension(changed, row);
  if (row.what == "tcb") replace(changed.tcb_info, row.change);
  if (row.what == "qeid") replace(changed.qe_identity, row.change);
  if (row.what == "chain") change_chain(changed, row);
  if (row.what == "policy") change_policy(changed, row);
  Buffer quote = row.what == "qe" ? quote_with_patched_qe(changed, row) : changed.quote();
  if (row.what == "quote") quote = row.patch(quote);
  std::string info = changed.sign("tcbInfo", changed.tcb_info);
  std::string qe = changed.sign("enclaveIdentity", changed.qe_identity);
  if (row.what == "tcbraw") replace(info, row.change);
  if (row.what == "qeidraw") replace(qe, row.change);
  testing::check_refusal(changed.verify(quote, info, qe), row);
}

BOOST_AUTO_TEST_CASE(statuses_merge_to_the_worse) {
  using enum TcbStatus;
  const struct {
    TcbStatus platform;
    TcbStatus part;
    TcbStatus merged;
  } rows[] = {{up_to_date, up_to_date, up_to_date},
              {sw_hardening_needed, up_to_date, sw_hardening_needed},
              {sw_hardening_needed, out_of_date, out_of_date},
              {configuration_needed, up_to_date, configuration_needed},
              {configuration_needed, out_of_date, out_of_date_configuration_needed},
              {configuration_and_sw_hardening_needed, up_to_date, configuration_and_sw_hardening_needed},
              {configuration_and_sw_hardening_needed, out_of_date, out_of_date_configuration_needed},
              {out_of_date, up_to_date, out_of_date},
              {out_of_date_configuration_needed, up_to_date, out_of_date_configuration_needed},
              {up_to_date, revoked, revoked},
              {revoked, up_to_date, revoked}};
  for (const auto& row : rows)
    BOOST_TEST((merge(row.platform, row.part) == row.merged), to_string(row.platform) << " " << to_string(row.part));
}

namespace {

struct Recorded {
  Buffer quote = testing::test_file("tdx_prod_quote_SPR_E4.dat");
  Buffer tcb_info = testing::test_file("sample_tcbInfo_response");
  Buffer qe_identity = testing::test_file("sample_qeIdentity_response");
  Buffer signing = testing::test_file("intel_tcb_signing.pem");
  Buffer pck_crl = testing::test_file("pckcrl");
  Buffer root_crl = testing::test_file("rootcrl.der");

  Result<AuthenticQuote> authenticate(Time time) const {
    return authenticate_tdx_quote(quote,
                                  {.tcb_info = as_text(tcb_info),
                                   .qe_identity = as_text(qe_identity),
                                   .signing_chain = as_text(signing),
                                   .pck_crl = pck_crl,
                                   .root_crl = root_crl},
                                  pinned_intel_root().value(), time);
  }
};

constexpr std::size_t recorded_quote_bytes = 4935;                  // a remark for testers lies behind it in the file
constexpr Time recorded_time{std::chrono::seconds{1'687'600'000}};  // 2023-06-24

}  // namespace

BOOST_AUTO_TEST_CASE(the_recorded_quote_is_authentic) {
  Recorded recorded;
  BOOST_TEST(testing::why(recorded.authenticate(recorded_time)).contains("data behind the signature"));
  recorded.quote.resize(recorded_quote_bytes);
  const auto outcome = recorded.authenticate(recorded_time);
  BOOST_REQUIRE_MESSAGE(outcome, testing::why(outcome));
  BOOST_TEST(to_hex(outcome->pck.fmspc) == "50806f000000");
  BOOST_TEST(outcome->pck.pce_svn == 11u);
  BOOST_TEST(outcome->tcb_info.levels.size() == 2u);
  // The machine's microcode is older than anything in this TCB info.
  const auto verdict = judge_tcb(*outcome);
  BOOST_REQUIRE(!verdict);
  BOOST_TEST(verdict.error().message().contains("tcb: the platform is below"), verdict.error().message());
}

BOOST_AUTO_TEST_CASE(the_recorded_quote_on_a_newer_platform_would_be_up_to_date) {
  Recorded recorded;
  recorded.quote.resize(recorded_quote_bytes);
  auto authentic = recorded.authenticate(recorded_time).value();
  authentic.pck.components = authentic.tcb_info.levels[0].sgx;
  authentic.quote.body.tee_tcb_svn = authentic.tcb_info.levels[0].tdx;
  const auto verdict = judge_tcb(authentic);
  BOOST_REQUIRE_MESSAGE(verdict, testing::why(verdict));
  BOOST_TEST((verdict->status == TcbStatus::up_to_date));
}

BOOST_AUTO_TEST_CASE(recorded_collateral_expires) {
  Recorded recorded;
  recorded.quote.resize(recorded_quote_bytes);
  const auto late = recorded.authenticate(Time{std::chrono::seconds{1'690'000'000}});
  BOOST_TEST(testing::why(late).contains("nextUpdate has passed"), testing::why(late));
  const auto early = recorded.authenticate(Time{std::chrono::seconds{1'686'000'000}});
  BOOST_TEST(testing::why(early).contains("lastUpdate lies in the future"), testing::why(early));
}

BOOST_AUTO_TEST_CASE(another_recorded_quote_parses) {
  const Buffer quote = testing::test_file("cos-113-tdx-quote.dat");
  const auto parsed = parse_tdx_quote(quote).value();
  BOOST_TEST(parsed.version == 4u);
  BOOST_TEST(parsed.pck_chain.starts_with("-----BEGIN CERTIFICATE-----"));
}
