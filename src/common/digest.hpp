// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism {

/// Hash functions that the project uses; the names are those of TPM banks.
enum class HashAlgorithm : std::uint8_t { sha256, sha384 };

/// Every HashAlgorithm, in the order in which results are listed.
inline constexpr std::array hash_algorithms{HashAlgorithm::sha256, HashAlgorithm::sha384};

/// "sha256" or "sha384".
[[nodiscard]] std::string_view to_string(HashAlgorithm algorithm) noexcept;

/// The reverse of to_string. @errors `usage` for any other name.
[[nodiscard]] Result<HashAlgorithm> parse_hash_algorithm(std::string_view name);

/// Digest length in bytes: 32 or 48.
[[nodiscard]] constexpr std::size_t digest_size_bytes(HashAlgorithm algorithm) noexcept {
  return algorithm == HashAlgorithm::sha256 ? 32 : 48;
}

/// A digest that knows its algorithm; digests of different algorithms are never equal.
class Digest {
 public:
  /// All zeros, as a PCR starts.
  explicit Digest(HashAlgorithm algorithm) noexcept : algorithm_{algorithm} {}

  /// @errors `corrupt` unless `bytes` is exactly as long as the algorithm says.
  [[nodiscard]] static Result<Digest> from_bytes(HashAlgorithm algorithm, Bytes bytes);
  /// @errors `corrupt` unless `text` is exactly that many hexadecimal digits.
  [[nodiscard]] static Result<Digest> from_hex(HashAlgorithm algorithm, std::string_view text);

  [[nodiscard]] HashAlgorithm algorithm() const noexcept { return algorithm_; }
  [[nodiscard]] Bytes bytes() const noexcept { return Bytes{bytes_}.first(digest_size_bytes(algorithm_)); }
  [[nodiscard]] std::string hex() const { return to_hex(bytes()); }

  friend bool operator==(const Digest&, const Digest&) = default;

 private:
  HashAlgorithm algorithm_;
  std::array<std::byte, 48> bytes_{};  // the unused tail stays zero, so that comparing whole arrays is right
};

/// Streaming hash. A failure inside OpenSSL is remembered and given by finish().
class Hasher {
 public:
  explicit Hasher(HashAlgorithm algorithm);
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  ~Hasher();

  void update(Bytes bytes);
  /// `count` zero bytes.
  void update_zeros(std::uint64_t count);

  /// A second hasher in the same state, so that two streams with the same start cost that start once.
  [[nodiscard]] Hasher fork() const;

  /// The digest of all that was given since construction. Call once.
  /// @errors `internal` if OpenSSL failed at any point (e.g. the algorithm is not allowed there).
  [[nodiscard]] Result<Digest> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Digest of the concatenation of `parts`. @errors as Hasher::finish().
[[nodiscard]] Result<Digest> hash(HashAlgorithm algorithm, std::initializer_list<Bytes> parts);

/// Digest of one range. @errors as Hasher::finish().
[[nodiscard]] Result<Digest> hash(HashAlgorithm algorithm, Bytes bytes);

/// SHA-256 of one range. @errors as Hasher::finish().
[[nodiscard]] inline Result<Digest> sha256(Bytes bytes) {
  return hash(HashAlgorithm::sha256, bytes);
}

/// SHA-384 of one range. @errors as Hasher::finish().
[[nodiscard]] inline Result<Digest> sha384(Bytes bytes) {
  return hash(HashAlgorithm::sha384, bytes);
}

}  // namespace asterism
