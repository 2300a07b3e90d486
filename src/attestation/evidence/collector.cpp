// SPDX-License-Identifier: Apache-2.0
#include "attestation/evidence/collector.hpp"

#include <algorithm>

#include "attestation/der.hpp"
#include "attestation/evidence/parts.hpp"
#include "attestation/evidence/wire.hpp"
#include "attestation/tpm/paravisor.hpp"
#include "common/fs.hpp"

namespace asterism::attestation {
namespace {

// TCG EK Credential Profile 2.5, 2.2.1.4: certificate of the endorsement key of template L-2 (P-256).
constexpr std::uint32_t ek_certificate_index = 0x01c0000a;
// What Azure's paravisor keeps in its TPM: the hardware's report with the data that it covers, and the key in those.
constexpr std::uint32_t paravisor_index = 0x01400001;
constexpr std::uint32_t paravisor_key = 0x81000003;
constexpr std::uint64_t firmware_log_bytes_max = 128U << 10;
constexpr std::uint16_t alg_ecdsa = 0x0018;
constexpr std::uint16_t alg_sha256 = 0x000b;

Result<std::vector<std::byte>> read_index(tpm::Tpm& tpm, std::uint32_t handle) {
  ASTERISM_TRY(const auto index, tpm.nv_public(handle));
  if (!index) return std::vector<std::byte>{};
  return tpm.nv_read(*index);
}

/// The index is as long as the maker liked; zeros or ones follow the certificate.
std::vector<std::byte> without_padding(std::vector<std::byte> der) {
  if (der.size() > 4 && der[0] == std::byte{0x30} && der[1] == std::byte{0x82}) {
    const std::size_t size = 4 + (std::to_integer<std::size_t>(der[2]) << 8) + std::to_integer<std::size_t>(der[3]);
    if (size < der.size()) der.resize(size);
  }
  return der;
}

Result<HashAlgorithm> best_bank(tpm::Tpm& tpm) {
  ASTERISM_TRY(const auto banks, tpm.active_banks());
  if (banks.empty()) return fail(Errc::unsupported, "the TPM has neither SHA-256 nor SHA-384 PCRs");
  return banks.back();
}

Result<tpm::PcrSelection> selection_of(HashAlgorithm bank) {
  std::vector<tpm::Pcr> pcrs;
  for (unsigned index = 0; index <= tpm::pcr_max; ++index)
    if (((quoted_pcr_mask >> index) & 1) != 0) pcrs.push_back(index);
  return tpm::PcrSelection::make(bank, std::move(pcrs));
}

}  // namespace

Result<std::vector<std::byte>> tpmt_signature(Bytes der) {
  ASTERISM_TRY(const auto content, der_content(der, DerTag::sequence), "ECDSA signature");
  DerReader reader{content};
  std::vector<std::byte> out;
  append_be(out, alg_ecdsa, 2);
  append_be(out, alg_sha256, 2);
  for (int i = 0; i < 2; ++i) {
    ASTERISM_TRY(auto number, reader.next(DerTag::integer), "ECDSA signature");
    while (number.size() > 1 && number[0] == std::byte{0})
      number = number.subspan(1);
    append_be(out, number.size(), 2);
    append(out, number);
  }
  if (!reader.at_end()) return fail(Errc::corrupt, "ECDSA signature: more than two numbers");
  return out;
}

Result<EvidenceCollector> EvidenceCollector::make(EvidenceSources sources) {
  if (sources.tpm == nullptr && sources.tsm == nullptr) {
    return fail(Errc::unavailable, "this machine has nothing to prove itself with: neither a TPM nor SEV-SNP or TDX");
  }
  if (sources.tpm == nullptr) return EvidenceCollector{std::move(sources), std::nullopt, HashAlgorithm::sha256, false};
  ASTERISM_TRY(const auto bank, best_bank(*sources.tpm));
  ASTERISM_TRY(const auto paravisor, read_index(*sources.tpm, paravisor_index), "the paravisor's report");
  // Somebody else may use that index for something else.
  if (!paravisor.empty() && parse_paravisor_report(paravisor)) {
    return EvidenceCollector{std::move(sources), std::nullopt, bank, true};
  }
  if (sources.ek_certificate.empty()) {
    ASTERISM_TRY(sources.ek_certificate, read_index(*sources.tpm, ek_certificate_index), "the TPM's EK certificate");
  }
  sources.ek_certificate = without_padding(std::move(sources.ek_certificate));
  ASTERISM_TRY(auto key, sources.tpm->make_attestation_key());
  return EvidenceCollector{std::move(sources), std::move(key), bank, false};
}

Result<std::vector<std::byte>> EvidenceCollector::claim() const {
  if (!key_ || sources_.ek_certificate.empty()) return std::vector<std::byte>{};
  Parts parts;
  parts.add(Part::ak_public, key_->public_area);
  parts.add(Part::ek_certificate, sources_.ek_certificate);
  for (const auto& der : sources_.ek_intermediates)
    parts.add(Part::ek_intermediate, der);
  return parts.encode();
}

Result<std::vector<std::byte>> EvidenceCollector::open_challenge(Bytes challenge) {
  if (!key_) return fail(Errc::unverified, "a challenge, but there is no TPM");
  WireReader reader{challenge};
  std::vector<std::byte> parts[2];
  for (auto& part : parts) {
    ASTERISM_TRY(const auto size, reader.number(2, "challenge"));
    // The TPM's own length stands in front of what the port takes.
    ASTERISM_TRY(const auto sized, reader.bytes(size, "challenge"));
    if (sized.size() < 2) return fail(Errc::corrupt, "challenge: a part of {} bytes", sized.size());
    part.assign(sized.begin() + 2, sized.end());
  }
  ASTERISM_CHECK(reader.finish("challenge"));
  ASTERISM_TRY(const auto secret,
               sources_.tpm->activate_credential(*key_, {.blob = parts[0], .encrypted_secret = parts[1]}));
  return std::vector<std::byte>{secret.bytes().begin(), secret.bytes().end()};
}

Result<EvidenceCollector::QuoteParts> EvidenceCollector::quote(const Binding& binding) {
  ASTERISM_TRY(const auto selection, selection_of(bank_));
  QuoteParts made;
  if (paravisor_) {
    ASTERISM_TRY(auto quoted, sources_.tpm->platform_quote(paravisor_key, selection, binding));
    made.attest = std::move(quoted.attested);
    made.signature = std::move(quoted.signature);
  } else {
    ASTERISM_TRY(auto quoted, sources_.tpm->quote(*key_, selection, binding));
    made.attest = std::move(quoted.attested);
    ASTERISM_TRY(made.signature, tpmt_signature(quoted.signature));
  }
  ASTERISM_TRY(const auto values, sources_.tpm->read(selection));
  PcrValues pcrs;
  for (std::size_t i = 0; i < values.size(); ++i)
    pcrs.emplace(selection.pcrs()[i], values[i]);
  ASTERISM_TRY(made.pcrs, encode_pcrs(pcrs));
  ASTERISM_TRY(const auto events, read_measured_events(sources_.userspace_log, bank_));
  made.events = encode_events(events);
  return made;
}

Result<std::vector<std::byte>> EvidenceCollector::evidence(const Binding& binding, Bytes answer) {
  Parts parts;
  TsmReport hardware;
  if (sources_.tsm != nullptr) {
    ASTERISM_TRY(hardware, sources_.tsm->report(as_report_data(binding)));
    parts.add(hardware.kind == TsmKind::snp ? Part::snp_report : Part::tdx_quote, hardware.report);
    if (!hardware.certificates.empty()) parts.add(Part::snp_certificates, hardware.certificates);
  }
  QuoteParts quoted;
  std::vector<std::byte> paravisor;
  std::vector<std::byte> log;
  if (sources_.tpm != nullptr) {
    ASTERISM_TRY(quoted, quote(binding));
    parts.add(Part::tpm_attest, quoted.attest);
    parts.add(Part::tpm_signature, quoted.signature);
    parts.add(Part::tpm_pcrs, quoted.pcrs);
    parts.add(Part::measured_events, quoted.events);
    if (paravisor_) {
      ASTERISM_TRY(paravisor, read_index(*sources_.tpm, paravisor_index), "the paravisor's report");
      parts.add(Part::paravisor_report, paravisor);
    }
  }
  if (!sources_.firmware_log.empty()) {
    // Only for explanations: a log that cannot be had is no reason to stay out.
    if (auto text = read_file(sources_.firmware_log, firmware_log_bytes_max)) log = *std::move(text);
    if (!log.empty()) parts.add(Part::firmware_log, log);
  }
  if (!answer.empty()) parts.add(Part::challenge_answer, answer);
  if (!sources_.image.empty()) parts.add(Part::image, as_bytes(sources_.image));
  if (sources_.manifest) {
    parts.add(Part::manifest, as_bytes(sources_.manifest->text));
    for (const auto& signature : sources_.manifest->signatures)
      parts.add(Part::manifest_signature, signature);
  }
  return parts.encode();
}

Result<> CollectedEvidence::answer(Bytes challenge) {
  if (challenge.empty()) return {};
  ASTERISM_TRY(answer_, collector_.open_challenge(challenge), "challenge");
  return {};
}

}  // namespace asterism::attestation
