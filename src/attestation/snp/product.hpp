// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace asterism::attestation {

/// Processors whose keys share a root. Bergamo and Siena belong to Genoa.
enum class SnpProduct : std::uint8_t { milan, genoa, turin };

/// Every SnpProduct.
inline constexpr std::array snp_products{SnpProduct::milan, SnpProduct::genoa, SnpProduct::turin};

/// "Milan", "Genoa" or "Turin", as AMD's certificates spell it.
[[nodiscard]] std::string_view to_string(SnpProduct product) noexcept;

/// The product named by a certificate: "Milan-B0", "Genoa", ...
/// @errors `unsupported` for any other name.
[[nodiscard]] Result<SnpProduct> snp_product_of_name(std::string_view name);

/// The product with this CPUID family and model.
/// @errors `unsupported` for any other processor.
/// @source SEV-SNP ABI specification 1.58, table 23; AMD's lists of models per product.
[[nodiscard]] Result<SnpProduct> snp_product_of_cpuid(std::uint8_t family, std::uint8_t model);

/// Security versions of a processor's firmware parts. Each one counts on its own: there is no order over the whole.
struct SnpTcb {
  std::uint8_t fmc = 0;  ///< Turin only
  std::uint8_t bootloader = 0;
  std::uint8_t tee = 0;
  std::uint8_t snp = 0;
  std::uint8_t microcode = 0;

  friend bool operator==(const SnpTcb&, const SnpTcb&) = default;
};

/// Takes a TCB_VERSION apart.
/// @errors `corrupt` if a reserved byte is not zero.
/// @source SEV-SNP ABI specification 1.58, tables 4 and 5: the layout depends on the product.
[[nodiscard]] Result<SnpTcb> decode_snp_tcb(SnpProduct product, std::uint64_t value);

/// "bootloader 3, tee 0, snp 20, microcode 209".
[[nodiscard]] std::string to_string(const SnpTcb& tcb);

/// The name of the first part in which `tcb` is below `floor`; empty if none is.
[[nodiscard]] std::string_view part_below(const SnpTcb& tcb, const SnpTcb& floor);

/// The name of the first part that differs; empty if none does.
[[nodiscard]] std::string_view part_that_differs(const SnpTcb& a, const SnpTcb& b);

}  // namespace asterism::attestation
