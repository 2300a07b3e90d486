// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "common/digest.hpp"

namespace asterism::measured_boot {

/// How a page of guest memory enters the launch digest.
enum class SnpPageType : std::uint8_t { normal = 1, vmsa = 2, zero = 3, unmeasured = 4, secrets = 5, cpuid = 6 };

/// The launch digest of an SEV-SNP guest while its pages are added, in the order of the VMM.
///
/// Copying it is cheap and forks the chain: what many digests have in common is computed once.
class SnpChain {
 public:
  /// Where KVM puts the VMSA of every virtual processor: the last page below 2^48.
  static constexpr std::uint64_t kvm_vmsa_gpa = 0xfffffffff000;

  SnpChain() = default;
  /// Goes on from a digest of earlier pages.
  explicit SnpChain(const Digest& start) : digest_{start} {}

  /// Adds one page whose content is hashed: normal or VMSA. @errors `internal` from OpenSSL.
  [[nodiscard]] Result<> add(SnpPageType type, std::uint64_t gpa, const Digest& content);
  /// Adds pages of which only type and place count. @param size_bytes whole pages. @errors `internal`.
  [[nodiscard]] Result<> add_without_content(SnpPageType type, std::uint64_t gpa, std::uint64_t size_bytes);
  /// Adds normal pages. @param pages whole pages. @errors `internal`.
  [[nodiscard]] Result<> add_normal(std::uint64_t gpa, Bytes pages);

  /// What the report's MEASUREMENT would be if the launch ended now.
  [[nodiscard]] const Digest& digest() const noexcept { return digest_; }

 private:
  Digest digest_{HashAlgorithm::sha384};
};

}  // namespace asterism::measured_boot
