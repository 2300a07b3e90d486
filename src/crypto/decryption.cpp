// SPDX-License-Identifier: Apache-2.0
#include "crypto/decryption.hpp"

#include "common/fs.hpp"
#include "crypto/openssl_key.hpp"

namespace asterism::crypto {
namespace {

constexpr std::uint64_t key_bytes_max = 64U << 10;

int no_passphrase(char* /*buffer*/, int /*size*/, int /*for_writing*/, void* /*unused*/) {
  return -1;
}

Result<OpensslKey> open_key(const std::string& source) {
  if (is_token_uri(source)) return OpensslKey::from_token(source);
  ASTERISM_TRY(auto text, read_file(source, key_bytes_max));
  return OpensslKey::from_pem(std::move(text), no_passphrase);
}

}  // namespace

Result<SecretBytes> decrypt_oaep(const std::string& key, Bytes ciphertext) {
  ASTERISM_TRY(const auto opened, open_key(key), "decryption key");
  if (!opened.is_a("RSA")) return fail(Errc::unsupported, "decryption key: no RSA key");
  return opened.decrypt_oaep(ciphertext);
}

}  // namespace asterism::crypto
