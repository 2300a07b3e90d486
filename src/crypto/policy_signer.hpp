// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "common/error.hpp"

namespace asterism::crypto {

/// The private key that signs TPM policies: RSA (the same signature each time) or ECC on P-256.
class PolicySigner {
 public:
  /// @param source path of an unencrypted PEM file; or of a file that holds nothing but a PKCS#11 URI; or such a URI
  ///        ("pkcs11:token=...;object=...?pin-value=..."). A URI is opened by OpenSSL's provider pkcs11, with the
  ///        library that the environment variable PKCS11_MODULE names, else the provider's default.
  /// @errors `not_found`, `io`; `corrupt` if it is no private key; `unsupported` for another kind of key;
  ///         `unavailable` if provider, token or PIN fail.
  /// @source RFC 7512; provider-pkcs11(7).
  /// @checked tests/interop/sign_policy.py, with SoftHSM.
  [[nodiscard]] static Result<PolicySigner> load(const std::string& source);

  PolicySigner(PolicySigner&&) noexcept;
  PolicySigner& operator=(PolicySigner&&) noexcept;
  PolicySigner(const PolicySigner&) = delete;
  PolicySigner& operator=(const PolicySigner&) = delete;
  ~PolicySigner();

  /// The public part, one PEM block "PUBLIC KEY".
  [[nodiscard]] const std::string& public_pem() const noexcept;

  /// RSASSA-PKCS1-v1_5 or ECDSA (DER) over the hash of `message`. @errors `unavailable` if the token refuses.
  [[nodiscard]] Result<std::vector<std::byte>> sign(Bytes message, HashAlgorithm algorithm) const;

 private:
  struct State;
  explicit PolicySigner(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace asterism::crypto
