// SPDX-License-Identifier: Apache-2.0
#include "join/disk_key.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/stat.h>

#include "attestation/pki.hpp"
#include "common/fs.hpp"

using namespace asterism;
using namespace asterism::join;

namespace {

constexpr const char* uuid = "0f8b9e7c-1d2a-4c3b-8e5f-6a7b8c9d0e1f";

SecretBytes master(std::uint8_t filled_with) {
  return SecretBytes::copy_of(std::vector<std::byte>(32, std::byte{filled_with})).value();
}

std::string key_of(const SecretBytes& secret, std::string_view cluster, std::string_view disk) {
  return to_hex(derive_disk_key(secret, cluster, disk).value().bytes());
}

/// RSA-OAEP with SHA-256, by OpenSSL's other end.
std::vector<std::byte> wrapped(const asterism::testing::Key& key, Bytes secret) {
  EVP_PKEY_CTX* const context = ::EVP_PKEY_CTX_new(key.get(), nullptr);
  ::EVP_PKEY_encrypt_init(context);
  ::EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING);
  ::EVP_PKEY_CTX_set_rsa_oaep_md_name(context, "SHA256", nullptr);
  std::vector<std::byte> out(512);
  std::size_t size = out.size();
  ::EVP_PKEY_encrypt(context, reinterpret_cast<unsigned char*>(out.data()), &size,
                     reinterpret_cast<const unsigned char*>(secret.data()), secret.size());
  ::EVP_PKEY_CTX_free(context);
  out.resize(size);
  return out;
}

void write_key(const asterism::testing::Key& key, const char* path) {
  std::FILE* const file = std::fopen(path, "w");
  ::PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
}

}  // namespace

// RFC 5869 by hand in Python: hmac(hmac(salt, ikm), info + b"\x01") with hashlib.
BOOST_AUTO_TEST_CASE(a_known_value) {
  BOOST_TEST(key_of(master(7), "prod.example", uuid) ==
             "a64664f16fbdfaaf0a19b0e78e3e87398a23f12ebfcfe9fdba69534d7fa3abdb");
}

BOOST_AUTO_TEST_CASE(everything_that_goes_in_changes_it) {
  const std::string key = key_of(master(7), "prod.example", uuid);
  BOOST_TEST(key_of(master(8), "prod.example", uuid) != key);
  BOOST_TEST(key_of(master(7), "prod.exampl", uuid) != key);
  BOOST_TEST(key_of(master(7), "prod.example", "1f8b9e7c-1d2a-4c3b-8e5f-6a7b8c9d0e1f") != key);
  BOOST_TEST((derive_disk_key(master(7), "c", "x").error().code() == Errc::usage));
  BOOST_TEST((derive_disk_key(SecretBytes{}, "c", uuid).error().code() == Errc::usage));
}

BOOST_AUTO_TEST_CASE(a_secret_in_a_file) {
  BOOST_REQUIRE(write_file_atomically("master", master(7).bytes(), 0600));
  BOOST_TEST(secret_in_file("master")->secret().value().equals(master(7)));
  ::chmod("master", 0640);
  BOOST_TEST((secret_in_file("master")->secret().error().code() == Errc::unverified));
  BOOST_REQUIRE(write_file_atomically("short", master(7).bytes().first(31), 0600));
  BOOST_TEST((secret_in_file("short")->secret().error().code() == Errc::corrupt));
  BOOST_TEST((secret_in_file("absent")->secret().error().code() == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_secret_that_a_key_unwraps) {
  const auto key = asterism::testing::make_rsa_key();
  write_key(key, "rsa.pem");
  BOOST_REQUIRE(write_file_atomically("wrapped", wrapped(key, master(7).bytes())));
  BOOST_TEST(wrapped_secret("wrapped", "rsa.pem")->secret().value().equals(master(7)));
  write_key(asterism::testing::make_rsa_key(), "other.pem");
  const auto other = wrapped_secret("wrapped", "other.pem")->secret();
  BOOST_REQUIRE(!other);
  BOOST_TEST((other.error().code() == Errc::unverified), other.error().message());
  write_key(asterism::testing::make_ec_key("P-256"), "ec.pem");
  BOOST_TEST((wrapped_secret("wrapped", "ec.pem")->secret().error().code() == Errc::unsupported));
}
