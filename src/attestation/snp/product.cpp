// SPDX-License-Identifier: Apache-2.0
#include "attestation/snp/product.hpp"

#include "common/bytes.hpp"

namespace asterism::attestation {
namespace {

struct Part {
  std::string_view name;
  std::uint8_t SnpTcb::* value;
};

constexpr Part parts[] = {{"fmc", &SnpTcb::fmc},
                          {"bootloader", &SnpTcb::bootloader},
                          {"tee", &SnpTcb::tee},
                          {"snp", &SnpTcb::snp},
                          {"microcode", &SnpTcb::microcode}};

}  // namespace

std::string_view to_string(SnpProduct product) noexcept {
  switch (product) {
    case SnpProduct::milan:
      return "Milan";
    case SnpProduct::genoa:
      return "Genoa";
    case SnpProduct::turin:
      return "Turin";
  }
  return "Milan";
}

Result<SnpProduct> snp_product_of_name(std::string_view name) {
  const std::string_view word = name.substr(0, name.find('-'));
  for (const SnpProduct product : snp_products) {
    if (word == to_string(product)) return product;
  }
  return fail(Errc::unsupported, "product '{}'", excerpt(name));
}

Result<SnpProduct> snp_product_of_cpuid(std::uint8_t family, std::uint8_t model) {
  if (family == 0x19 && model <= 0x0f) return SnpProduct::milan;
  if (family == 0x19 && ((model >= 0x10 && model <= 0x1f) || (model >= 0xa0 && model <= 0xaf))) {
    return SnpProduct::genoa;
  }
  if (family == 0x1a && model <= 0x1f) return SnpProduct::turin;
  return fail(Errc::unsupported, "processor of family {:#x}, model {:#x}", family, model);
}

Result<SnpTcb> decode_snp_tcb(SnpProduct product, std::uint64_t value) {
  const auto part = [value](unsigned index) { return static_cast<std::uint8_t>(value >> (8 * index)); };
  const bool turin = product == SnpProduct::turin;
  const std::uint64_t reserved = turin ? 0x00ffffff00000000ULL : 0x0000ffffffff0000ULL;
  if ((value & reserved) != 0) return fail(Errc::corrupt, "reserved bytes of {:#018x} are not zero", value);
  if (turin) {
    return SnpTcb{.fmc = part(0), .bootloader = part(1), .tee = part(2), .snp = part(3), .microcode = part(7)};
  }
  return SnpTcb{.bootloader = part(0), .tee = part(1), .snp = part(6), .microcode = part(7)};
}

std::string to_string(const SnpTcb& tcb) {
  std::string text;
  for (const Part& part : parts) {
    if (part.value == &SnpTcb::fmc && tcb.fmc == 0) continue;
    text += std::format("{}{} {}", text.empty() ? "" : ", ", part.name, tcb.*part.value);
  }
  return text;
}

std::string_view part_below(const SnpTcb& tcb, const SnpTcb& floor) {
  for (const Part& part : parts) {
    if (tcb.*part.value < floor.*part.value) return part.name;
  }
  return {};
}

std::string_view part_that_differs(const SnpTcb& a, const SnpTcb& b) {
  for (const Part& part : parts) {
    if (a.*part.value != b.*part.value) return part.name;
  }
  return {};
}

}  // namespace asterism::attestation
