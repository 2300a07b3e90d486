// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "crypto/public_key.hpp"

namespace asterism::crypto {

/// A key that signs: from a file, or on a token that never gives it away.
class PrivateKey {
 public:
  /// @param source path of a PEM file (PKCS#8 or SEC 1), or a PKCS#11 URI ("pkcs11:token=...;object=...").
  ///
  /// An encrypted file's passphrase is in the environment variable ASTERISM_KEY_PASSPHRASE, a token's PIN in a file
  /// that the URI names (pin-source=file:...). A URI is opened by OpenSSL's pkcs11-provider with the library that the
  /// environment variable PKCS11_MODULE names, else the provider's default.
  /// @errors `not_found`, `io`; `corrupt` if it is no private key or the passphrase is wrong; `unsupported` for other
  ///         types of keys and for cosign's own key files; `unavailable` if the provider or the token cannot be used.
  /// @source RFC 7512; provider-pkcs11(7).
  /// @checked tests/interop/signing/pkcs11.py with SoftHSM.
  [[nodiscard]] static Result<PrivateKey> load(const std::string& source);

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  PrivateKey(const PrivateKey&) = delete;
  PrivateKey& operator=(const PrivateKey&) = delete;
  ~PrivateKey();

  [[nodiscard]] const PublicKey& public_key() const noexcept;

  /// A signature over `message` that public_key() was seen to accept.
  /// @errors `unavailable` if the token refuses; `internal` from OpenSSL.
  [[nodiscard]] Result<std::vector<std::byte>> sign(Bytes message) const;

 private:
  struct State;
  explicit PrivateKey(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace asterism::crypto
