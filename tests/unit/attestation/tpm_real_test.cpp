// SPDX-License-Identifier: Apache-2.0
// Quotes and credentials of a real TPM implementation.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "mutations.hpp"
#include "software_tpm.hpp"
#include "tpm_world.hpp"

using namespace asterism;
using namespace asterism::attestation;
using testing::Buffer;
using testing::SoftwareTpm;

namespace {

constexpr Time now = testing::SnpWorld::now;
const testing::Extension ek_usage{.oid = "2.5.29.37",
                                  .value = from_hex("30070605678105"
                                                    "0801")
                                               .value()};

struct Maker {
  testing::Issued root = testing::issue({.common_name = "TPM Root", .ca = true}, testing::make_ec_key("P-256"));
  testing::Issued between =
      testing::issue({.common_name = "TPM CA", .issuer = &root, .ca = true}, testing::make_ec_key("P-256"));

  Buffer ek_certificate(const SoftwareTpm& tpm, bool with_usage = true) const {
    testing::CertificateSpec spec{.common_name = "EK", .issuer = &between};
    if (with_usage) spec.extensions.push_back(ek_usage);
    return testing::issue(spec, tpm.ek()).certificate.der().value();
  }
};

const Maker& maker() {
  static const Maker made;
  return made;
}

Result<CredentialChallenge> challenge(const Buffer& ek, const Buffer& ak) {
  const Buffer ca = maker().between.certificate.der().value();
  return CredentialChallenge::make({.ek_certificate = ek, .intermediates = {ca}, .ak_public = ak},
                                   {&maker().root.certificate, 1}, now);
}

TrustedAk trusted(SoftwareTpm& tpm) {
  auto made = challenge(maker().ek_certificate(tpm), tpm.ak_public()).value();
  const Buffer answer = tpm.activate(made.id_object(), made.encrypted_secret());
  return std::move(made).redeem(answer).value();
}

}  // namespace

BOOST_DATA_TEST_CASE(a_quote_of_a_tpm_passes, boost::unit_test::data::make({true, false}), rsa) {
  SoftwareTpm tpm{rsa};
  const TrustedAk ak = trusted(tpm);
  const PcrSelection selection{.bank = HashAlgorithm::sha256, .mask = (1U << 4) | (1U << 11) | (1U << 15)};
  tpm.extend(11, testing::pcr_value(1));
  const Buffer nonce(32, std::byte{7});
  const auto quote = tpm.quote(nonce, selection);
  const PcrValues pcrs = tpm.read(selection);
  const StaticReferenceValues references{
      {{.name = "node", .pcrs = {{HashAlgorithm::sha256, {{4, {pcrs.at(4)}}, {11, {pcrs.at(11)}}}}}}}, {}, 0};
  const auto verify = [&](const Buffer& with_nonce, const PcrValues& with_pcrs) {
    return Verifier::verify_tpm({.attest = quote.attest, .signature = quote.signature, .pcrs = with_pcrs}, ak,
                                {.selection = selection}, references, with_nonce);
  };
  const auto outcome = verify(nonce, pcrs);
  BOOST_REQUIRE_MESSAGE(outcome, testing::why(outcome));
  BOOST_TEST((**outcome).quote.extra_data == nonce);

  tpm.extend(11, testing::pcr_value(2));
  const auto later = verify(nonce, tpm.read(selection));
  BOOST_REQUIRE(!later);
  BOOST_TEST(later.error().message().contains("pcr_digest"), later.error().message());
  const auto replayed = verify(Buffer(32, std::byte{8}), pcrs);
  BOOST_REQUIRE(!replayed);
  BOOST_TEST(replayed.error().message().contains("extra_data"), replayed.error().message());
}

BOOST_AUTO_TEST_CASE(a_quote_of_the_sha384_bank_passes) {
  SoftwareTpm tpm{false};
  const TrustedAk ak = trusted(tpm);
  const PcrSelection selection{.bank = HashAlgorithm::sha384, .mask = 1U << 11};
  const Buffer nonce(20, std::byte{7});
  const auto quote = tpm.quote(nonce, selection);
  const PcrValues pcrs = tpm.read(selection);
  const StaticReferenceValues references{
      {{.name = "node", .pcrs = {{HashAlgorithm::sha384, {{11, {pcrs.at(11)}}}}}}}, {}, 0};
  const auto outcome = Verifier::verify_tpm({.attest = quote.attest, .signature = quote.signature, .pcrs = pcrs}, ak,
                                            {.selection = selection}, references, nonce);
  BOOST_TEST(outcome.has_value(), testing::why(outcome));
}

BOOST_AUTO_TEST_CASE(a_wrong_answer_is_no_trust) {
  SoftwareTpm tpm{false};
  auto made = challenge(maker().ek_certificate(tpm), tpm.ak_public()).value();
  Buffer answer = tpm.activate(made.id_object(), made.encrypted_secret());
  BOOST_TEST(answer.size() == CredentialChallenge::secret_bytes);
  answer.back() ^= std::byte{1};
  const auto outcome = std::move(made).redeem(answer);
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((outcome.error().code() == Errc::unverified));
  BOOST_TEST(outcome.error().message().contains("credential"));
}

BOOST_AUTO_TEST_CASE(the_tpm_refuses_a_credential_for_another_key) {
  SoftwareTpm tpm{false};
  Buffer stranger = tpm.ak_public();
  const auto [x, y] = testing::ec_point(testing::make_ec_key("P-256"), 32);
  std::ranges::copy(x, stranger.end() - 66);
  std::ranges::copy(y, stranger.end() - 32);
  auto made = challenge(maker().ek_certificate(tpm), stranger).value();
  BOOST_CHECK_THROW(tpm.activate(made.id_object(), made.encrypted_secret()), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(claims_that_do_not_hold_are_refused) {
  SoftwareTpm tpm{false};
  const Buffer ek = maker().ek_certificate(tpm);
  const auto message = [](const auto& outcome) {
    BOOST_REQUIRE(!outcome);
    return outcome.error().message();
  };
  BOOST_TEST(message(challenge(maker().ek_certificate(tpm, false), tpm.ak_public())).contains("extended key usage"));
  const EkClaim alone{.ek_certificate = ek, .intermediates = {}, .ak_public = {}};
  BOOST_TEST(message(CredentialChallenge::make(alone, {&maker().root.certificate, 1}, now)).contains("EK certificate"));
  const EkClaim many{.ek_certificate = ek, .intermediates = std::vector<Bytes>(5, ek), .ak_public = {}};
  BOOST_TEST(message(CredentialChallenge::make(many, {&maker().root.certificate, 1}, now)).contains("at most 4"));
  BOOST_TEST(message(CredentialChallenge::make(alone, {}, now)).contains("no roots"));
  BOOST_TEST(message(challenge({}, tpm.ak_public())).contains("EK certificate"));
}

BOOST_DATA_TEST_CASE(keys_with_other_attributes_are_refused, testing::mutation_table("ak_mutations.txt"), row) {
  static const auto [good, ek] = [] {
    SoftwareTpm tpm{false};
    return std::pair{tpm.ak_public(), maker().ek_certificate(tpm)};
  }();
  testing::check_refusal(challenge(ek, row.patch(good)), row);
}
