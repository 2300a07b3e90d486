// SPDX-License-Identifier: Apache-2.0
#include "crypto/policy_signer.hpp"

#include "common/fs.hpp"
#include "common/secret.hpp"
#include "crypto/openssl_key.hpp"
#include "crypto/public_key.hpp"

namespace asterism::crypto {
namespace {

constexpr std::uint64_t key_file_bytes_max = 16384;

/// Encrypted files are refused: nobody is there to be asked for a passphrase.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

/// The URI in a file's only line, or nothing.
std::string uri_in(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with(' '))
    text.remove_suffix(1);
  return is_token_uri(text) && !text.contains('\n') ? std::string{text} : std::string{};
}

Result<OpensslKey> load_key(const std::string& source) {
  if (const std::string uri = uri_in(source); !uri.empty()) return OpensslKey::from_token(uri);
  ASTERISM_TRY(auto text, read_file(source, key_file_bytes_max), "policy key");
  if (const std::string uri = uri_in(as_text(text)); !uri.empty()) {
    wipe(text);  // a URI may hold a PIN
    return OpensslKey::from_token(uri);
  }
  auto key = OpensslKey::from_pem(std::move(text), no_passphrase);
  if (!key) {
    return fail(key.error().code(), "'{}' is no unencrypted private key in PEM ({})", printable(source),
                key.error().message());
  }
  return key;
}

}  // namespace

struct PolicySigner::State {
  OpensslKey key;
  std::string public_pem;
};

PolicySigner::PolicySigner(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}
PolicySigner::PolicySigner(PolicySigner&&) noexcept = default;
PolicySigner& PolicySigner::operator=(PolicySigner&&) noexcept = default;
PolicySigner::~PolicySigner() = default;

Result<PolicySigner> PolicySigner::load(const std::string& source) {
  ASTERISM_TRY(auto key, load_key(source));
  if (!key.is_a("RSA") && !key.is_a("EC")) {
    return fail(Errc::unsupported, "policy key: a policy key has to be RSA or P-256");
  }
  ASTERISM_TRY(const auto spki, key.spki(), "policy key");
  return PolicySigner{std::make_unique<State>(std::move(key), public_key_pem(spki))};
}

const std::string& PolicySigner::public_pem() const noexcept {
  return state_->public_pem;
}

Result<std::vector<std::byte>> PolicySigner::sign(Bytes message, HashAlgorithm algorithm) const {
  ASTERISM_TRY(auto signature, state_->key.sign(message, algorithm == HashAlgorithm::sha256 ? "SHA256" : "SHA384"),
               "policy key");
  return signature;
}

}  // namespace asterism::crypto
