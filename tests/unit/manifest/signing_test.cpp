// SPDX-License-Identifier: Apache-2.0
// Signature files, trust policies and envelopes.
#include "support/signing.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "manifest/dsse.hpp"
#include "support/text_table.hpp"

using namespace asterism;
using namespace asterism::manifest;
using testing::test_key;
using testing::test_policy;
namespace bdata = boost::unit_test::data;

namespace {

const std::string message = "message";

Signature signature_of(std::size_t key, std::string_view text = message) {
  return test_key(key).sign(as_bytes(text)).value();
}

/// The text without white space, which the tables are written for.
std::string compact(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return text;
}

std::string good_envelope() {
  std::vector<crypto::PrivateKey> keys;
  keys.push_back(test_key(0));
  keys.push_back(test_key(2));
  return compact(to_json(seal("text/plain", as_bytes("hello"), keys).value()).to_text());
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_policy_comes_back_from_its_text) {
  const auto policy = test_policy(2);
  BOOST_TEST((TrustPolicy::parse(policy.to_json().to_text()).value() == policy));
  BOOST_TEST(policy.threshold() == 2u);
  BOOST_TEST(policy.keys().size() == 3u);
}

BOOST_DATA_TEST_CASE(hostile_policies, bdata::make(testing::text_table("manifest/trust_policy_hostile.txt")), row) {
  const auto refused = TrustPolicy::parse(row.apply(compact(test_policy(2).to_json().to_text())));
  BOOST_REQUIRE(!refused);
  BOOST_TEST(to_string(refused.error().code()) == row.code, refused.error().message());
}

BOOST_AUTO_TEST_CASE(policies_that_make_no_sense) {
  const auto refusal = [](std::size_t threshold, std::vector<TrustedKey> keys) {
    return TrustPolicy::make(threshold, std::move(keys)).error().code();
  };
  const auto key = [](std::string name, std::size_t index) {
    return TrustedKey{.name = std::move(name), .key = test_key(index).public_key()};
  };
  BOOST_TEST((refusal(1, {}) == Errc::usage));
  BOOST_TEST((refusal(0, {key("a", 0)}) == Errc::usage));
  BOOST_TEST((refusal(2, {key("a", 0)}) == Errc::usage));
  BOOST_TEST((refusal(1, {key("a", 0), key("a", 1)}) == Errc::usage));
  BOOST_TEST((refusal(1, {key("a", 0), key("b", 0)}) == Errc::usage));  // one key under two names
  BOOST_TEST((refusal(1, {key("a b", 0)}) == Errc::usage));
  std::vector<TrustedKey> many(TrustPolicy::keys_max + 1, key("a", 0));
  BOOST_TEST((refusal(1, many) == Errc::usage));
}

BOOST_AUTO_TEST_CASE(enough_keys_must_have_signed) {
  struct Row {
    std::size_t threshold;
    std::vector<Signature> signatures;
    std::vector<std::string> signers;  // empty: refused
  };
  const Signature of_other_text = signature_of(1, "massage");
  const Row rows[] = {
      {1, {signature_of(0)}, {"key-0"}},
      {1, {signature_of(2)}, {"key-2"}},
      {1, {}, {}},
      {1, {of_other_text}, {}},
      {2, {signature_of(0)}, {}},
      {2, {signature_of(0), signature_of(0)}, {}},                   // ECDSA: two signatures, one key
      {2, {signature_of(2), signature_of(2), signature_of(2)}, {}},  // Ed25519: the same one thrice
      {2, {signature_of(0), of_other_text}, {}},
      {2, {signature_of(2), signature_of(0)}, {"key-0", "key-2"}},
      {2, {of_other_text, {}, signature_of(1), signature_of(0)}, {"key-0", "key-1"}},
      {3, {signature_of(0), signature_of(1)}, {}},
      {3, {signature_of(2), signature_of(1), signature_of(0)}, {"key-0", "key-1", "key-2"}},
  };
  for (const Row& row : rows) {
    const auto signers = test_policy(row.threshold).check(as_bytes(message), row.signatures);
    BOOST_TEST(signers.has_value() == !row.signers.empty());
    if (signers) BOOST_TEST(*signers == row.signers, boost::test_tools::per_element());
    if (!signers) BOOST_TEST((signers.error().code() == Errc::unverified));
  }
  // A key that the policy does not have counts nothing.
  BOOST_TEST(!test_policy(1, 2).check(as_bytes(message), std::vector<Signature>{signature_of(2)}));
  const std::vector<Signature> flood(TrustPolicy::signatures_max + 1, signature_of(0));
  BOOST_TEST((test_policy(1).check(as_bytes(message), flood).error().code() == Errc::usage));
}

BOOST_AUTO_TEST_CASE(signature_files) {
  const Signature signature = signature_of(0);
  const std::string text = signature_file_text(signature);
  BOOST_TEST((parse_signature_file(text).value() == signature));
  BOOST_TEST((parse_signature_file(text + "\n").value() == signature));
  for (const std::string& bad : {std::string{}, std::string{"\n"}, text + "\n\n", text + "\r\n", " " + text,
                                 text.substr(1), "\n" + text, std::string(2000, 'A')}) {
    const auto refused = parse_signature_file(bad);
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code() == Errc::corrupt));
  }
}

// DSSE 1.0.2, protocol.md, "Test vectors".
BOOST_AUTO_TEST_CASE(known_answer_of_the_encoding) {
  const auto encoded = pre_authentication_encoding("http://example.com/HelloWorld", as_bytes("hello world"));
  BOOST_TEST(as_text(encoded) == "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

BOOST_AUTO_TEST_CASE(an_envelope_is_opened_by_its_keys) {
  const std::string text = good_envelope();
  BOOST_TEST((compact(to_json(parse_envelope(text).value()).to_text()) == text));
  const auto opened = open_envelope(text, "text/plain", test_policy(2)).value();
  BOOST_TEST(as_text(opened.payload) == "hello");
  BOOST_TEST(opened.signers == (std::vector<std::string>{"key-0", "key-2"}), boost::test_tools::per_element());
  BOOST_TEST((open_envelope(text, "text/plain", test_policy(3)).error().code() == Errc::unverified));
  // Signed, but not as what the reader wants.
  BOOST_TEST((open_envelope(text, "text/html", test_policy(2)).error().code() == Errc::unverified));
}

BOOST_DATA_TEST_CASE(hostile_envelopes, bdata::make(testing::text_table("manifest/dsse_hostile.txt")), row) {
  const auto refused = open_envelope(row.apply(good_envelope()), "text/plain", test_policy(2));
  BOOST_REQUIRE(!refused);
  BOOST_TEST(to_string(refused.error().code()) == row.code, refused.error().message());
}

BOOST_AUTO_TEST_CASE(the_signature_of_bare_bytes_is_none_of_an_envelope) {
  Envelope envelope{.payload_type = "text/plain", .payload = {}, .signatures = {}};
  append(envelope.payload, as_bytes(message));
  envelope.signatures.push_back({.key_id = "", .signature = signature_of(0)});
  BOOST_TEST(!open_envelope(to_json(envelope).to_text(), "text/plain", test_policy(1)));
}
