// SPDX-License-Identifier: Apache-2.0
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "mutations.hpp"
#include "tpm_world.hpp"

using namespace asterism;
using namespace asterism::attestation;
using testing::Buffer;
using testing::Mutation;
using testing::pcr_value;

namespace {

testing::TpmWorld world() {
  static const testing::TpmWorld made;
  return made;
}

void change_pcrs(testing::TpmWorld& changed, const Mutation& row) {
  const auto [index_text, value] = row.word();
  const auto index = static_cast<unsigned>(std::stoul(index_text));
  changed.pcrs.erase(index);
  if (value == "other") changed.pcrs.emplace(index, pcr_value(200));
  if (value == "sha384") changed.pcrs.emplace(index, Digest{HashAlgorithm::sha384});
}

void change_images(testing::TpmWorld& changed, const std::string& change) {
  PcrReference& first = changed.images[0].pcrs[HashAlgorithm::sha256];
  if (change == "none") changed.images.clear();
  if (change == "mixed") first[4] = {pcr_value(104)};  // image 1 now has PCR 11, image 2 neither
  if (change == "more") first[7] = {pcr_value(7)};
  if (change == "bank") changed.images[0].pcrs = {{HashAlgorithm::sha384, {{4, {Digest{HashAlgorithm::sha384}}}}}};
  if (change == "empty") first.clear();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_generated_quote_passes) {
  const Buffer attest = world().attest();
  const auto outcome = world().verify(attest, world().sign(attest));
  BOOST_REQUIRE_MESSAGE(outcome, testing::why(outcome));
  BOOST_TEST((outcome->images() == ImageNames{"node 1"}));
  BOOST_TEST((**outcome).quote.clock.reset_count == 3u);
  BOOST_TEST((**outcome).pcrs.size() == 2u);
}

BOOST_AUTO_TEST_CASE(values_of_two_images_do_not_mix) {
  auto changed = world();
  changed.pcrs.at(11) = pcr_value(111);  // PCR 4 of image 1, PCR 11 of image 2: each value is known
  const Buffer attest = changed.attest();
  const auto outcome = changed.verify(attest, changed.sign(attest));
  BOOST_REQUIRE(!outcome);
  BOOST_TEST(outcome.error().message().contains("node 1: PCR 11"), outcome.error().message());
  BOOST_TEST(outcome.error().message().contains("node 2: PCR 4"), outcome.error().message());
}

BOOST_DATA_TEST_CASE(every_field_is_watched, testing::mutation_table("tpm_mutations.txt"), row) {
  auto changed = world();
  Buffer attest = changed.attest();
  if (row.what == "attest") attest = row.patch(attest);
  Buffer signature = changed.sign(attest);
  if (row.what == "unsigned") attest = row.patch(attest);
  if (row.what == "signature") signature = row.patch(signature);
  if (row.what == "pcrs") change_pcrs(changed, row);
  if (row.what == "images") change_images(changed, row.change);
  if (row.what == "nonce") changed.nonce.resize(row.change == "short" ? 31 : 32);
  if (row.what == "nonce" && row.change == "other") changed.nonce[0] = std::byte{1};
  testing::check_refusal(changed.verify(attest, signature), row);
}

BOOST_AUTO_TEST_CASE(a_signature_of_another_key_is_refused) {
  const Buffer attest = world().attest();
  auto other = world();
  other.ak = testing::make_rsa_key();
  const auto outcome = world().verify(attest, other.sign(attest));
  BOOST_REQUIRE(!outcome);
  BOOST_TEST(outcome.error().message().contains("signature"));
}
