// SPDX-License-Identifier: Apache-2.0
#include "attestation/snp/key_certificate.hpp"

#include "attestation/der.hpp"

namespace asterism::attestation {
namespace {

constexpr std::string_view amd = "1.3.6.1.4.1.3704.1.";

Result<std::vector<std::byte>> amd_extension(const Certificate& certificate, std::string_view suffix) {
  return certificate.extension(std::format("{}{}", amd, suffix));
}

/// A security version: a DER INTEGER from 0 to 255.
Result<std::uint8_t> version_part(const Certificate& certificate, std::string_view suffix, std::string_view name) {
  ASTERISM_TRY(const auto content, amd_extension(certificate, suffix), "{}", name);
  ASTERISM_TRY(const auto number, der_unsigned(content), "{}", name);
  if (number > 255) return fail(Errc::corrupt, "{}: {}", name, number);
  return static_cast<std::uint8_t>(number);
}

Result<SnpTcb> read_tcb(const Certificate& certificate, SnpProduct product) {
  SnpTcb tcb;
  ASTERISM_TRY(tcb.bootloader, version_part(certificate, "3.1", "blSPL"));
  ASTERISM_TRY(tcb.tee, version_part(certificate, "3.2", "teeSPL"));
  ASTERISM_TRY(tcb.snp, version_part(certificate, "3.3", "snpSPL"));
  ASTERISM_TRY(tcb.microcode, version_part(certificate, "3.8", "ucodeSPL"));
  if (product == SnpProduct::turin) {
    ASTERISM_TRY(tcb.fmc, version_part(certificate, "3.9", "fmcSPL"));
  }
  return tcb;
}

/// 64 bytes of a VCEK; AMD writes them without a DER header. Turin's chips have identities of 8 bytes.
Result<std::vector<std::byte>> read_hwid(const Certificate& certificate, SnpProduct product) {
  ASTERISM_TRY(auto content, amd_extension(certificate, "4"), "hwid");
  const auto right = [product](std::size_t size) { return size == 64 || (product == SnpProduct::turin && size == 8); };
  if (right(content.size())) return content;
  ASTERISM_TRY(const auto inner, der_content(content, DerTag::octet_string), "hwid");
  if (!right(inner.size())) return fail(Errc::corrupt, "hwid: {} bytes", inner.size());
  return std::vector<std::byte>{inner.begin(), inner.end()};
}

}  // namespace

Result<SnpKeyFacts> read_snp_key_certificate(const Certificate& certificate) {
  SnpKeyFacts facts;
  const std::string name = certificate.common_name();
  if (name != "SEV-VCEK" && name != "SEV-VLEK") {
    return fail(Errc::unsupported, "subject: '{}' is neither SEV-VCEK nor SEV-VLEK", name);
  }
  facts.key = name == "SEV-VCEK" ? SnpSigningKey::vcek : SnpSigningKey::vlek;
  ASTERISM_TRY(const auto structure, version_part(certificate, "1", "structVersion"));
  if (structure > 1) return fail(Errc::unsupported, "structVersion: {} (known: 0, 1)", structure);
  ASTERISM_TRY(const auto encoded, amd_extension(certificate, "2"), "productName");
  ASTERISM_TRY(const auto product, der_content(encoded, DerTag::ia5_string), "productName");
  ASTERISM_TRY(facts.product, snp_product_of_name(as_text(product)), "productName");
  ASTERISM_TRY(facts.tcb, read_tcb(certificate, facts.product));
  if (facts.key == SnpSigningKey::vcek) {
    ASTERISM_TRY(facts.hwid, read_hwid(certificate, facts.product));
  } else {
    ASTERISM_TRY(const auto csp, amd_extension(certificate, "5"), "cspID");
    ASTERISM_TRY(const auto text, der_content(csp, DerTag::ia5_string), "cspID");
    facts.csp_id = excerpt(as_text(text));
  }
  return facts;
}

}  // namespace asterism::attestation
