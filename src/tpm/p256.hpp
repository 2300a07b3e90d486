// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "common/secret.hpp"

namespace asterism::tpm {

/// A private key on NIST P-256. Points are x, then y, 32 bytes each.
class P256Key {
 public:
  /// @errors `internal` from OpenSSL.
  [[nodiscard]] static Result<P256Key> generate();

  P256Key(P256Key&&) noexcept;
  P256Key& operator=(P256Key&&) noexcept;
  P256Key(const P256Key&) = delete;
  P256Key& operator=(const P256Key&) = delete;
  ~P256Key();

  [[nodiscard]] Bytes point() const noexcept;
  /// ECDSA over SHA-256 of `message`, DER. @errors `internal` from OpenSSL.
  [[nodiscard]] Result<std::vector<std::byte>> sign(Bytes message) const;
  /// x of the product with `peer`, 32 bytes. @errors `corrupt` if `peer` is no point of the curve.
  [[nodiscard]] Result<SecretBytes> shared_x(Bytes peer) const;

 private:
  struct State;
  explicit P256Key(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

/// Checks an ECDSA signature (DER) over SHA-256 of `message` by the key at `point`.
/// @errors `corrupt` if `point` is none of the curve; `unverified` if the signature is not its.
[[nodiscard]] Result<> verify_p256(Bytes point, Bytes message, Bytes signature);

}  // namespace asterism::tpm
