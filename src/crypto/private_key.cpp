// SPDX-License-Identifier: Apache-2.0
#include "crypto/private_key.hpp"

#include <cstdlib>
#include <cstring>
#include <utility>

#include "common/fs.hpp"
#include "crypto/openssl_key.hpp"

namespace asterism::crypto {
namespace {

constexpr std::uint64_t key_file_bytes_max = 16384;
constexpr const char* passphrase_variable = "ASTERISM_KEY_PASSPHRASE";

int give_passphrase(char* buffer, int size, int /*for_writing*/, void* /*unused*/) {
  const char* passphrase = std::getenv(passphrase_variable);  // NOLINT(concurrency-mt-unsafe): nothing sets a variable
  const std::size_t length = passphrase ? std::strlen(passphrase) : 0;
  if (length == 0 || std::cmp_greater(length, size)) return -1;
  std::memcpy(buffer, passphrase, length);
  return static_cast<int>(length);
}

Result<OpensslKey> key_from_file(const std::string& path) {
  ASTERISM_TRY(auto text, read_file(path, key_file_bytes_max), "reading the key");
  if (as_text(text).contains("SIGSTORE PRIVATE KEY")) {
    return fail(Errc::unsupported, "'{}' is in cosign's own format: keep the key as PKCS#8 PEM or on a token",
                printable(path));
  }
  auto key = OpensslKey::from_pem(std::move(text), give_passphrase);
  if (!key) {
    return fail(key.error().code(), "'{}' is no private key in PEM, or {} does not open it ({})", printable(path),
                passphrase_variable, key.error().message());
  }
  return key;
}

}  // namespace

struct PrivateKey::State {
  OpensslKey key;
  PublicKey public_key;
};

PrivateKey::PrivateKey(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

Result<PrivateKey> PrivateKey::load(const std::string& source) {
  ASTERISM_TRY(auto key, is_token_uri(source) ? OpensslKey::from_token(source) : key_from_file(source));
  ASTERISM_TRY(const auto spki, key.spki(), "signing key");
  ASTERISM_TRY(auto public_key, PublicKey::from_spki(spki), "signing key");
  return PrivateKey{std::make_unique<State>(std::move(key), std::move(public_key))};
}

const PublicKey& PrivateKey::public_key() const noexcept {
  return state_->public_key;
}

Result<std::vector<std::byte>> PrivateKey::sign(Bytes message) const {
  const char* digest = public_key().type() == KeyType::ecdsa_p256 ? "SHA256" : nullptr;
  ASTERISM_TRY(auto signature, state_->key.sign(message, digest));
  ASTERISM_CHECK(public_key().verify(message, signature), "the signature just made");
  return signature;
}

}  // namespace asterism::crypto
