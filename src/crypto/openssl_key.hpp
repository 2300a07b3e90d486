// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "common/secret.hpp"

/// What the kinds of private keys have in common; included by the files of this folder only.
namespace asterism::crypto {

/// What OpenSSL says went wrong, for the end of a message; its queue is empty afterwards.
[[nodiscard]] std::string openssl_reason();

/// Whether the text is a PKCS#11 URI, and not the path of a file. @source RFC 7512.
[[nodiscard]] bool is_token_uri(std::string_view text) noexcept;

/// A private key of any type as OpenSSL holds it, in memory or on a token.
class OpensslKey {
 public:
  /// Gives a passphrase to OpenSSL (pem_password_cb): its length, or -1 for none.
  using Passphrase = int (*)(char* buffer, int size, int for_writing, void* unused);

  /// The key of a file: read, parsed, and the text wiped.
  /// @errors `corrupt` if it is no private key in PEM, or the passphrase is not its.
  [[nodiscard]] static Result<OpensslKey> from_pem(std::vector<std::byte> text, Passphrase passphrase);

  /// The first private key that a PKCS#11 URI finds. It is opened by OpenSSL's pkcs11-provider with the library that
  /// the environment variable PKCS11_MODULE names, else the provider's default; OpenSSL's configuration plays no part.
  /// @errors `unavailable` if provider, token or PIN fail. @source RFC 7512; provider-pkcs11(7).
  [[nodiscard]] static Result<OpensslKey> from_token(const std::string& uri);

  OpensslKey(OpensslKey&&) noexcept;
  OpensslKey& operator=(OpensslKey&&) noexcept;
  OpensslKey(const OpensslKey&) = delete;
  OpensslKey& operator=(const OpensslKey&) = delete;
  ~OpensslKey();

  /// Whether OpenSSL calls the type by that name, e.g. "RSA".
  [[nodiscard]] bool is_a(const char* type) const;

  /// SubjectPublicKeyInfo in DER. @errors `unavailable` if a token has no public part.
  [[nodiscard]] Result<std::vector<std::byte>> spki() const;

  /// A signature over `message`. @param digest "SHA256", "SHA384", or nullptr for types that hash by themselves.
  /// @errors `unavailable` if the token refuses.
  [[nodiscard]] Result<std::vector<std::byte>> sign(Bytes message, const char* digest) const;

  /// RSA-OAEP with SHA-256. @errors `unverified` if the key does not decrypt it; `unavailable` if the token refuses.
  [[nodiscard]] Result<SecretBytes> decrypt_oaep(Bytes ciphertext) const;

 private:
  struct State;
  explicit OpensslKey(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace asterism::crypto
