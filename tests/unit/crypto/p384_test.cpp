// SPDX-License-Identifier: Apache-2.0
#include "crypto/p384.hpp"

#include <boost/test/unit_test.hpp>

#include "support/rfc_6979_key.hpp"

using namespace asterism;
using namespace asterism::crypto;
using asterism::testing::rfc_6979_key;

namespace {

// A test key of another curve, with the private number 5.
constexpr std::string_view p256_key =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAAAAAAAAAAAAAAA\n"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAWhRANCAARRWQt6UVFA0teEyFYIZo/f74yC/R9b\n"
    "5SQhVUoNw9Az7eDBfaiQSnJ9iuG/Nr+KeSYNAS8A1NgIiNHQu0T9oW2k\n"
    "-----END PRIVATE KEY-----\n";

}  // namespace

BOOST_AUTO_TEST_CASE(signature_of_rfc_6979) {
  const auto key = P384Key::from_pem(rfc_6979_key).value();
  const auto signature = key.sign(as_bytes("sample")).value();
  BOOST_TEST(to_hex(signature.r) ==
             "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46");
  BOOST_TEST(to_hex(signature.s) ==
             "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8");
  const auto point = key.public_point().value();
  BOOST_TEST(to_hex(point.x) ==
             "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13");
  BOOST_TEST(to_hex(point.y) ==
             "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720");
  BOOST_TEST(verify_p384(point, signature, as_bytes("sample")).has_value());
}

BOOST_AUTO_TEST_CASE(another_message_key_or_signature_is_unverified) {
  const auto key = P384Key::from_pem(rfc_6979_key).value();
  auto signature = key.sign(as_bytes("sample")).value();
  auto point = key.public_point().value();
  BOOST_TEST((verify_p384(point, signature, as_bytes("simple")).error().code() == Errc::unverified));
  signature.s[47] ^= std::byte{1};
  BOOST_TEST((verify_p384(point, signature, as_bytes("sample")).error().code() == Errc::unverified));
  point.y[0] ^= std::byte{1};
  BOOST_TEST((verify_p384(point, signature, as_bytes("sample")).error().code() == Errc::unverified));
}

BOOST_AUTO_TEST_CASE(what_is_no_key_of_this_curve_is_refused) {
  BOOST_TEST((P384Key::from_pem("").error().code() == Errc::corrupt));
  BOOST_TEST((P384Key::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").error().code() ==
              Errc::corrupt));
  BOOST_TEST((P384Key::from_pem(p256_key).error().code() == Errc::unsupported));
}
