// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "common/bytes.hpp"

namespace asterism::attestation {

/// Tags of the DER values that extensions are made of.
enum class DerTag : std::uint8_t {
  boolean = 0x01,
  integer = 0x02,
  octet_string = 0x04,
  oid = 0x06,
  enumerated = 0x0a,
  ia5_string = 0x16,
  sequence = 0x30,
};

/// Reads DER values one after the other. Lengths up to 64 KiB, the shortest form only.
class DerReader {
 public:
  explicit DerReader(Bytes bytes) noexcept : rest_{bytes} {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  /// The content of the next value. @errors `corrupt` for another tag, a wrong length or no value at all.
  [[nodiscard]] Result<Bytes> next(DerTag tag);
  /// What was not read yet.
  [[nodiscard]] Bytes rest() const noexcept { return rest_; }

 private:
  Bytes rest_;
};

/// The content of a single value that fills `bytes`. @errors `corrupt`.
[[nodiscard]] Result<Bytes> der_content(Bytes bytes, DerTag tag);

/// A non-negative INTEGER of up to 8 bytes that fills `bytes`. @errors `corrupt`.
[[nodiscard]] Result<std::uint64_t> der_unsigned(Bytes bytes);

/// The number in an INTEGER's content. @errors `corrupt` if it is negative, longer than 8 bytes or not the shortest
/// form.
[[nodiscard]] Result<std::uint64_t> der_number(Bytes content);

/// An OID's content as dotted text, e.g. "1.2.840.113741.1.13.1.4". @errors `corrupt`.
[[nodiscard]] Result<std::string> der_oid(Bytes content);

}  // namespace asterism::attestation
