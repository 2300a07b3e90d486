// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"

namespace asterism::tpm {

/// Bits of TPMA_NV that the project uses. @source TPM 2.0 Library, Part 2, 13.4.
namespace nv_attribute {
inline constexpr std::uint32_t policy_write = 1U << 3;
inline constexpr std::uint32_t counter = 1U << 4;  ///< TPM_NT_COUNTER; without it the index is ordinary
inline constexpr std::uint32_t write_locked = 1U << 11;
inline constexpr std::uint32_t write_define = 1U << 13;  ///< a lock is for good
inline constexpr std::uint32_t owner_read = 1U << 17;
inline constexpr std::uint32_t auth_read = 1U << 18;
inline constexpr std::uint32_t no_dictionary_attack = 1U << 25;
inline constexpr std::uint32_t written = 1U << 29;
}  // namespace nv_attribute

/// The public area of an NV index with nameAlg SHA-256; its Name is what policies cover.
struct NvPublic {
  std::uint32_t handle = 0;
  std::uint32_t attributes = 0;  ///< TPMA_NV
  std::optional<Digest> write_policy;
  std::uint16_t size_bytes = 0;

  /// TPMS_NV_PUBLIC. @source Part 2, 13.5.
  [[nodiscard]] std::vector<std::byte> marshalled() const;
  /// @errors `internal` from OpenSSL.
  [[nodiscard]] Result<std::vector<std::byte>> name() const;

  [[nodiscard]] bool is_written() const noexcept { return (attributes & nv_attribute::written) != 0; }
  [[nodiscard]] bool is_locked() const noexcept { return (attributes & nv_attribute::write_locked) != 0; }
  /// The same index once it holds something.
  [[nodiscard]] NvPublic after_write() const;
  /// Whether both were defined alike: equal but for what the TPM notes in the attributes (written, locked).
  [[nodiscard]] bool defined_like(const NvPublic& other) const noexcept;

  friend bool operator==(const NvPublic&, const NvPublic&) = default;
};

}  // namespace asterism::tpm
