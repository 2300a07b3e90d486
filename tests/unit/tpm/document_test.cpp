// SPDX-License-Identifier: Apache-2.0
// .pcrsig documents, sealed keys as JSON, public keys, and known answers of the policies' arithmetic.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "common/base64.hpp"
#include "support.hpp"
#include "support/text_table.hpp"
#include "tpm/credential.hpp"
#include "tpm/wire.hpp"

using namespace asterism;
using namespace asterism::tpm;
using namespace asterism::tpm::testing;
namespace bdata = boost::unit_test::data;

namespace {

const std::string digest_text(64, 'a');

/// A document of the shape that all rows of the table change.
std::string good_text() {
  const std::string entry = R"("pkfp":")" + digest_text + R"(","pol":")" + digest_text + R"(","sig":"AAAA"})";
  return R"({"sha256":[{"pcrs":[11],)" + entry + R"(],"asterism":{"format":1,"security_version":7,"floor":5,)" +
         R"("state":{"sha256":[{"pcrs":[11,12,13],)" + entry + R"(]},"floor_start":{)" + entry + R"(,"floor_raise":{)" +
         entry + "}}";
}

}  // namespace

BOOST_AUTO_TEST_CASE(reads_and_writes_the_same) {
  const auto document = parse_policy_document(good_text()).value();
  BOOST_TEST((document.asterism->security_version == 7 && document.asterism->floor == 5));
  BOOST_TEST((parse_policy_document(to_json(document).to_text()).value() == document));
  // systemd-stub pads the section.
  BOOST_TEST((parse_policy_document(good_text() + std::string(5, '\0')).value() == document));
}

BOOST_DATA_TEST_CASE(refuses_hostile_documents, bdata::make(asterism::testing::text_table("tpm/document_hostile.txt")),
                     row) {
  const auto got = parse_policy_document(row.apply(good_text()));
  BOOST_REQUIRE(!got);
  BOOST_TEST(to_string(got.error().code()) == row.code, got.error().message());
}

BOOST_AUTO_TEST_CASE(refuses_too_many_signatures) {
  auto document = parse_policy_document(good_text()).value();
  auto& list = document.systemd[HashAlgorithm::sha256];
  list.resize(65, list.front());
  const auto got = parse_policy_document(to_json(document).to_text());
  BOOST_REQUIRE(!got);
  BOOST_TEST((got.error().code() == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(floor_signatures_are_checked) {
  const TestImage image{.name = "v5", .security_version = 5, .floor = 5};
  const auto line = image.signed_by(rsa_key());
  const auto code = [&](auto change) {
    PolicyDocument document = line.document;
    change(document);
    return ImageLine::make(rsa_key().pem(), to_json(document).to_text()).error().code();
  };
  BOOST_TEST((code([](PolicyDocument& d) { d.asterism.reset(); }) == Errc::not_found));
  BOOST_TEST((code([](PolicyDocument& d) { d.asterism->floor = 4; }) == Errc::unverified));
  BOOST_TEST(
      (code([](PolicyDocument& d) { d.asterism->floor_start.signature[9] ^= std::byte{1}; }) == Errc::unverified));
  BOOST_TEST((code([](PolicyDocument& d) { d.asterism->floor_start = d.asterism->floor_raise; }) == Errc::unverified));
  const auto other = ImageLine::make(ecc_key().pem(), to_json(line.document).to_text());
  BOOST_TEST((other.error().code() == Errc::unverified));
}

BOOST_AUTO_TEST_CASE(sealed_keys_as_json) {
  const StateKey key{
      .bank = HashAlgorithm::sha384,
      .sealed = {.public_area = {std::byte{1}}, .private_area = {std::byte{2}}, .parent_name = {std::byte{3}}}};
  BOOST_TEST((parse_state_key(to_json(key)).value() == key));
  const auto code = [&](const char* name, Json value) {
    Json json = to_json(key);
    json.get_if<Json::Object>()->insert_or_assign(name, std::move(value));
    return parse_state_key(json).error().code();
  };
  BOOST_TEST((code("format", 2U) == Errc::unsupported));
  BOOST_TEST((code("bank", "sha1") == Errc::corrupt));
  BOOST_TEST((code("public", "") == Errc::corrupt));
  BOOST_TEST((code("private", "A") == Errc::corrupt));
  BOOST_TEST((code("parent", to_base64(std::vector<std::byte>(2049))) == Errc::corrupt));
  BOOST_TEST((code("more", true) == Errc::unverified));
}

BOOST_AUTO_TEST_CASE(public_keys) {
  BOOST_TEST((PublicKey::from_pem("").error().code() == Errc::corrupt));
  BOOST_TEST((PublicKey::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n").error().code() ==
              Errc::corrupt));
  BOOST_TEST((rsa_key().public_key().kind() == PublicKey::Kind::rsa));
  BOOST_TEST((ecc_key().public_key().kind() == PublicKey::Kind::ecc));
  const auto signature = rsa_key().sign(as_bytes("x"));
  BOOST_TEST(rsa_key().public_key().verify(as_bytes("x"), signature).has_value());
  BOOST_TEST((rsa_key().public_key().verify(as_bytes("y"), signature).error().code() == Errc::unverified));
  BOOST_TEST((ecdsa_r_s(as_bytes("x")).error().code() == Errc::corrupt));
  const auto ecdsa = ecc_key().sign(as_bytes("x"));
  BOOST_TEST((ecdsa_der(ecdsa_r_s(ecdsa).value()).value() == ecdsa));
  BOOST_TEST((ecdsa_der(as_bytes("x")).error().code() == Errc::corrupt));
}

BOOST_AUTO_TEST_CASE(selections) {
  BOOST_TEST((PcrSelection::make(HashAlgorithm::sha256, {}).error().code() == Errc::usage));
  BOOST_TEST((PcrSelection::make(HashAlgorithm::sha256, {24}).error().code() == Errc::usage));
  BOOST_TEST((PcrSelection::make(HashAlgorithm::sha256, {1, 1}).error().code() == Errc::usage));
  const auto selection = PcrSelection::make(HashAlgorithm::sha384, {13, 11, 0}).value();
  BOOST_TEST(to_hex(selection.marshalled()) == "00000001000c03012800");
}

BOOST_AUTO_TEST_CASE(versions_have_limits) {
  const auto key = rsa_key().public_key();
  const Digest values[] = {Digest{HashAlgorithm::sha256}, Digest{HashAlgorithm::sha256}, Digest{HashAlgorithm::sha256}};
  const Digest mixed[] = {Digest{HashAlgorithm::sha256}, Digest{HashAlgorithm::sha384}, Digest{HashAlgorithm::sha256}};
  for (const std::uint64_t version : {std::uint64_t{0}, security_version_max + 1}) {
    BOOST_TEST((approved_state_policy(key, values, version).error().code() == Errc::usage));
    BOOST_TEST((approved_floor_raise(key, version).error().code() == Errc::usage));
  }
  BOOST_TEST((approved_state_policy(key, mixed, 1).error().code() == Errc::usage));
  BOOST_TEST((approved_state_policy(key, std::span{values}.first(2), 1).error().code() == Errc::usage));
}

BOOST_AUTO_TEST_CASE(public_areas_are_read_with_bounds) {
  FakeTpm tpm;
  const auto area = tpm.endorsement_key().value();
  BOOST_TEST(p256_point(area).value().size() == 64U);
  for (std::size_t size = 0; size < area.size(); ++size) {
    const auto got = p256_point(Bytes{area}.first(size));
    BOOST_REQUIRE(!got);
    BOOST_TEST((got.error().code() == Errc::corrupt || got.error().code() == Errc::unsupported));
  }
  auto longer = area;
  longer.push_back(std::byte{0});
  BOOST_TEST((p256_point(longer).error().code() == Errc::corrupt));
  const auto name = name_of(area).value();
  BOOST_TEST((make_credential(area, name, SecretBytes{}).error().code() == Errc::usage));
  BOOST_TEST((make_credential(area, area, SecretBytes::zeros(32).value()).error().code() == Errc::usage));
}
