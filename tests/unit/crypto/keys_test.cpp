// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "common/base64.hpp"
#include "common/fs.hpp"
#include "support/signing.hpp"

using namespace asterism;
using namespace asterism::crypto;
using testing::test_key;
namespace bdata = boost::unit_test::data;

namespace {

// RFC 8032, section 7.1, test 3: public key, message af82, signature.
constexpr std::string_view rfc8032_spki =
    "302a300506032b6570032100fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
constexpr std::string_view rfc8032_signature =
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a";

/// One row a line: what is wrong, then hexadecimal DER (or "-"), then the expected code. Lines with # are comments.
std::vector<std::string> hostile_rows() {
  std::vector<std::string> rows;
  std::ifstream file{ASTERISM_SOURCE_DIR "/tests/unit/crypto/hostile_public_keys.txt"};
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && !line.starts_with('#')) rows.push_back(line);
  }
  return rows;
}

Errc load_refusal(const std::string& content) {
  std::ofstream{"refused.pem"} << content;
  const auto refused = PrivateKey::load("refused.pem");
  BOOST_REQUIRE(!refused);
  return refused.error().code();
}

}  // namespace

BOOST_DATA_TEST_CASE(a_signature_is_accepted_by_its_key_only, bdata::xrange(testing::test_keys), index) {
  const auto key = test_key(index);
  const auto message = as_bytes("message");
  auto signature = key.sign(message).value();
  BOOST_TEST(key.public_key().verify(message, signature).has_value());
  for (std::size_t other = 0; other < testing::test_keys; ++other) {
    const auto verified = test_key(other).public_key().verify(message, signature);
    BOOST_TEST(verified.has_value() == (other == index));
    if (!verified) BOOST_TEST((verified.error().code() == Errc::unverified));
  }
  BOOST_TEST(!key.public_key().verify(as_bytes("messagf"), signature));
  BOOST_TEST(!key.public_key().verify(message, {}));
  BOOST_TEST(!key.public_key().verify(message, Bytes{signature}.first(signature.size() - 1)));
  for (std::byte& changed : signature) {
    changed ^= std::byte{1};
    BOOST_TEST(!key.public_key().verify(message, signature));
    changed ^= std::byte{1};
  }
}

BOOST_AUTO_TEST_CASE(known_answer_of_ed25519) {
  const auto key = PublicKey::from_spki(from_hex(rfc8032_spki).value()).value();
  BOOST_TEST((key.type() == KeyType::ed25519));
  BOOST_TEST(key.verify(from_hex("af82").value(), from_hex(rfc8032_signature).value()).has_value());
}

BOOST_DATA_TEST_CASE(pem_comes_back, bdata::xrange(testing::test_keys), index) {
  const auto key = test_key(index).public_key();
  const auto again = PublicKey::from_pem(key.to_pem()).value();
  BOOST_TEST((again == key));
  BOOST_TEST((again.id() == sha256(key.spki()).value()));
}

BOOST_DATA_TEST_CASE(hostile_public_keys, bdata::make(hostile_rows()), row) {
  const auto first = row.find('|');
  const auto second = row.find('|', first + 1);
  const std::string hex = row.substr(first + 1, second - first - 1);
  const auto refused = PublicKey::from_spki(from_hex(hex == "-" ? "" : hex).value());
  BOOST_REQUIRE(!refused);
  BOOST_TEST(to_string(refused.error().code()) == row.substr(second + 1));
}

BOOST_AUTO_TEST_CASE(pem_that_is_not_one_public_key) {
  const std::string pem = test_key(0).public_key().to_pem();
  for (const std::string& text : {std::string{}, " " + pem, pem + pem, pem + "x", pem.substr(0, pem.size() - 5),
                                  std::string{testing::test_key_pems[0]}, std::string(20000, 'x')}) {
    const auto refused = PublicKey::from_pem(text);
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code() == Errc::corrupt));
  }
}

BOOST_AUTO_TEST_CASE(private_keys_that_are_refused) {
  BOOST_TEST((PrivateKey::load("absent.pem").error().code() == Errc::not_found));
  BOOST_TEST((load_refusal("") == Errc::corrupt));
  BOOST_TEST((load_refusal(test_key(0).public_key().to_pem()) == Errc::corrupt));
  BOOST_TEST((load_refusal("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n") == Errc::unsupported));
}
