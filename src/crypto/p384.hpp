// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::crypto {

/// A coordinate or half of a signature of the curve P-384: 48 bytes, most significant first.
using P384Number = std::array<std::byte, 48>;

/// A point of the curve.
struct P384Point {
  P384Number x{};
  P384Number y{};

  friend bool operator==(const P384Point&, const P384Point&) = default;
};

/// An ECDSA signature.
struct P384Signature {
  P384Number r{};
  P384Number s{};
};

/// A private key of the curve P-384, for ECDSA with SHA-384.
class P384Key {
 public:
  /// @param pem an unencrypted private key (PKCS#8 or SEC 1) as text; wiping it is up to the caller.
  /// @errors `corrupt` for no such key; `unsupported` for another curve or kind of key.
  [[nodiscard]] static Result<P384Key> from_pem(std::string_view pem);

  P384Key(P384Key&&) noexcept;
  P384Key& operator=(P384Key&&) noexcept;
  P384Key(const P384Key&) = delete;
  P384Key& operator=(const P384Key&) = delete;
  ~P384Key();

  /// @errors `internal` from OpenSSL.
  [[nodiscard]] Result<P384Point> public_point() const;

  /// Signs the SHA-384 of `message`, with the nonce of RFC 6979: the same bytes for the same message, always.
  /// @errors `internal` from OpenSSL.
  [[nodiscard]] Result<P384Signature> sign(Bytes message) const;

 private:
  struct State;
  explicit P384Key(std::unique_ptr<State> state) noexcept;

  std::unique_ptr<State> state_;
};

/// Whether `signature` is one of `message`. @errors `unverified` if not; `internal` from OpenSSL.
[[nodiscard]] Result<> verify_p384(const P384Point& key, const P384Signature& signature, Bytes message);

}  // namespace asterism::crypto
