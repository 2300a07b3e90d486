// SPDX-License-Identifier: Apache-2.0
#include "attestation/evidence/judge.hpp"

#include <algorithm>
#include <array>

#include "attestation/evidence/wire.hpp"
#include "attestation/tpm/paravisor.hpp"
#include "common/guid.hpp"

namespace asterism::attestation {
namespace {

constexpr Guid vcek_guid{"63da758d-e664-4564-adc5-f4b93be8accd"};
constexpr Guid vlek_guid{"a8074bc2-a25a-483e-aae6-39c045a0b8a1"};
constexpr std::size_t table_row_bytes = 24;
constexpr std::size_t table_rows_max = 16;

constexpr std::array<std::string_view, 4> kind_names{"tpm", "snp", "tdx", "paravisor"};

Result<VendorRoots> pinned_roots() {
  ASTERISM_TRY(auto amd, SnpRoots::pinned());
  ASTERISM_TRY(auto intel, pinned_intel_root());
  return VendorRoots{.amd = std::move(amd), .intel = std::move(intel)};
}

Result<const VendorRoots*> roots_of(const JudgeRules& rules) {
  if (rules.roots) return rules.roots.get();
  // Taken apart once: they are the program's own, and their dates are checked each time.
  static const Result<VendorRoots> pinned = pinned_roots();
  if (!pinned) return std::unexpected{pinned.error()};
  return &*pinned;
}

/// Keeps the images that both pieces of evidence fit.
Result<> narrow(NodeFacts& facts, const ImageNames& images, std::string_view what) {
  if (facts.images.empty()) {
    facts.images = images;
    return {};
  }
  std::erase_if(facts.images, [&](const std::string& name) { return !images.contains(name); });
  if (facts.images.empty()) return fail(Errc::unverified, "{}: it is of another image than the other evidence", what);
  return {};
}

Result<> check_standing(const Parts& parts, const PcrValues& pcrs, const JudgeRules& rules, NodeFacts& facts) {
  ASTERISM_TRY(const auto bytes, parts.need(Part::measured_events));
  ASTERISM_TRY(facts.events, parse_events(bytes), "measured_events");
  const Digest& quoted = pcrs.at(identity_pcr);
  ASTERISM_TRY(const auto replayed, replay(facts.events, quoted.algorithm()), "measured_events");
  if (replayed != quoted) return fail(Errc::unverified, "PCR 15: the events do not lead to the value that was quoted");
  ASTERISM_TRY(const auto own, hash(quoted.algorithm(), as_bytes(cluster_event(rules.cluster))));
  bool member = false;
  for (const MeasuredEvent& event : facts.events) {
    ASTERISM_TRY(const auto digest, digest_of(event, quoted.algorithm()));
    const bool names_own = digest == own;
    if (event.text.starts_with(cluster_event("")) && !names_own) {
      return fail(Errc::unverified, "PCR 15: the node joined another cluster: '{}'", event.text);
    }
    member = member || names_own;
    const std::string recovery = recovery_event("");
    if (rules.standing == Standing::joining && event.text.starts_with(recovery) &&
        !rules.recovery_operators.contains(event.text.substr(recovery.size()))) {
      return fail(Errc::unverified, "PCR 15: the node was recovered in this boot by somebody else: '{}'", event.text);
    }
  }
  if (rules.standing == Standing::joining && member) {
    return fail(Errc::unverified, "PCR 15: the node has joined in this boot already");
  }
  if (rules.standing == Standing::member && !member) {
    return fail(Errc::unverified, "PCR 15: the node is no member of cluster '{}'", rules.cluster);
  }
  return {};
}

Result<> judge_quote(const Parts& parts, const TrustedAk& ak, const JudgeRules& rules,
                     const ReferenceValues& references, const Binding& binding, NodeFacts& facts) {
  ASTERISM_TRY(const auto attest, parts.need(Part::tpm_attest));
  ASTERISM_TRY(const auto signature, parts.need(Part::tpm_signature));
  ASTERISM_TRY(const auto values, parts.need(Part::tpm_pcrs));
  ASTERISM_TRY(const auto pcrs, parse_pcrs(values), "tpm_pcrs");
  const TpmPolicy policy{.selection = {.bank = pcrs.begin()->second.algorithm(), .mask = quoted_pcr_mask}};
  ASTERISM_TRY(const auto verified, Verifier::verify_tpm({.attest = attest, .signature = signature, .pcrs = pcrs}, ak,
                                                         policy, references, binding));
  ASTERISM_CHECK(narrow(facts, verified.images(), "TPM quote"));
  if (facts.firmware.empty()) facts.firmware = std::format("tpm {:016x}", verified->quote.firmware_version);
  return check_standing(parts, pcrs, rules, facts);
}

Result<Verified<SnpFacts>> judge_report(const Parts& parts, Bytes report, const FixedBytes<64>& report_data,
                                        const JudgeRules& rules, const SnpPolicy& policy,
                                        const ReferenceValues& references, Time time) {
  ASTERISM_TRY(const auto* const roots, roots_of(rules));
  ASTERISM_TRY(const auto parsed, parse_snp_report(report), "SNP report");
  std::vector<Bytes> candidates{rules.snp_certificates.begin(), rules.snp_certificates.end()};
  if (const auto table = parts.find(Part::snp_certificates)) {
    ASTERISM_TRY(const auto sent, certificate_in_table(*table, parsed.signing_key), "snp_certificates");
    candidates.insert(candidates.begin(), sent);
  }
  if (candidates.empty()) return fail(Errc::unverified, "SNP report: nobody has the certificate of its key");
  Result<Verified<SnpFacts>> outcome = fail(Errc::internal, "no certificate");
  for (const Bytes certificate : candidates) {
    outcome = Verifier::verify_snp({.report = report, .key_certificate = certificate}, roots->amd, policy, references,
                                   {.report_data = report_data, .host_data = {}}, time);
    if (outcome) return outcome;
  }
  return outcome;
}

void note(NodeFacts& facts, const SnpFacts& report) {
  facts.identities.insert("snp:" + to_hex(report.report.chip_id));
  facts.firmware = std::format("{} {}", to_string(report.product), to_string(report.report.reported_tcb));
}

Result<> judge_tdx(const Parts& parts, const JudgeRules& rules, const ReferenceValues& references,
                   const Binding& binding, Time time, NodeFacts& facts) {
  ASTERISM_TRY(const auto quote, parts.need(Part::tdx_quote));
  if (!rules.tdx_collateral) return fail(Errc::unverified, "TDX quote: there is no collateral to judge it by");
  const TdxCollateralTexts& texts = *rules.tdx_collateral;
  ASTERISM_TRY(const auto* const roots, roots_of(rules));
  ASTERISM_TRY(const auto verified,
               Verifier::verify_tdx(quote,
                                    {.tcb_info = texts.tcb_info,
                                     .qe_identity = texts.qe_identity,
                                     .signing_chain = texts.signing_chain,
                                     .pck_crl = texts.pck_crl,
                                     .root_crl = texts.root_crl},
                                    roots->intel, rules.tdx, references, as_report_data(binding), time));
  ASTERISM_CHECK(narrow(facts, verified.images(), "TDX quote"));
  facts.identities.insert("tdx:" + to_hex(verified->pck.ppid));
  facts.firmware = std::format("tdx {}", to_string(verified->status));
  return {};
}

Result<> judge_snp(const Parts& parts, const JudgeRules& rules, const ReferenceValues& references,
                   const Binding& binding, Time time, NodeFacts& facts) {
  ASTERISM_TRY(const auto report, parts.need(Part::snp_report));
  ASTERISM_TRY(const auto verified,
               judge_report(parts, report, as_report_data(binding), rules, rules.snp, references, time));
  ASTERISM_CHECK(narrow(facts, verified.images(), "SNP report"));
  note(facts, *verified);
  return {};
}

/// The hardware vouches for the paravisor's data, the data for the TPM's key, the key for this session.
Result<> judge_paravisor(const Parts& parts, const JudgeRules& rules, const ReferenceValues& references,
                         const Binding& binding, Time time, NodeFacts& facts) {
  ASTERISM_TRY(const auto bytes, parts.need(Part::paravisor_report));
  ASTERISM_TRY(const auto report, parse_paravisor_report(bytes));
  if (report.kind != ParavisorReportKind::snp) {
    return fail(Errc::unsupported, "paravisor: a report of another kind than SEV-SNP");
  }
  ASTERISM_TRY(const auto expected, paravisor_report_data(report.runtime_data));
  SnpPolicy policy = rules.snp;
  policy.measurement_from_images = false;
  ASTERISM_TRY(const auto verified,
               judge_report(parts, report.hardware_report, expected, rules, policy, references, time));
  ASTERISM_TRY(const auto ak, ParavisorAk::trust(verified, report.runtime_data));
  ASTERISM_CHECK(judge_quote(parts, ak, rules, references, binding, facts));
  note(facts, *verified);
  return {};
}

}  // namespace

std::string_view to_string(EvidenceKind kind) noexcept {
  return kind_names[static_cast<std::size_t>(kind)];
}

Result<EvidenceKind> parse_evidence_kind(std::string_view word) {
  const auto found = std::ranges::find(kind_names, word);
  if (found == kind_names.end()) {
    return fail(Errc::unverified, "'{}' is no kind of evidence (tpm, snp, tdx, paravisor)", excerpt(word));
  }
  return EvidenceKind{static_cast<std::uint8_t>(found - kind_names.begin())};
}

Result<NodeFacts> judge(const Parts& parts, const std::optional<TrustedAk>& ak, const JudgeRules& rules,
                        const ReferenceValues& references, const Binding& binding, Time time) {
  if (rules.required.empty()) return fail(Errc::unverified, "no kind of evidence is accepted");
  NodeFacts facts{.images = {}, .identities = {}, .kinds = rules.required, .firmware = {}, .events = {}};
  for (const EvidenceKind kind : rules.required) {
    switch (kind) {
      case EvidenceKind::tpm:
        if (!ak) return fail(Errc::unverified, "TPM: the node showed no EK certificate to be challenged by");
        ASTERISM_CHECK(judge_quote(parts, *ak, rules, references, binding, facts));
        break;
      case EvidenceKind::snp:
        ASTERISM_CHECK(judge_snp(parts, rules, references, binding, time, facts));
        break;
      case EvidenceKind::tdx:
        ASTERISM_CHECK(judge_tdx(parts, rules, references, binding, time, facts));
        break;
      case EvidenceKind::paravisor:
        ASTERISM_CHECK(judge_paravisor(parts, rules, references, binding, time, facts));
        break;
    }
  }
  return facts;
}

Result<std::vector<std::byte>> AkChallenge::make(Bytes claim, std::span<const Certificate> roots, Time time) {
  if (claim.empty()) return std::vector<std::byte>{};
  ASTERISM_TRY(const auto parts, Parts::parse(claim), "claim");
  ASTERISM_TRY(const auto ak, parts.need(Part::ak_public));
  ASTERISM_TRY(const auto ek, parts.need(Part::ek_certificate));
  ASTERISM_TRY(
      challenge_,
      CredentialChallenge::make(
          {.ek_certificate = ek, .intermediates = parts.all(Part::ek_intermediate), .ak_public = ak}, roots, time));
  ASTERISM_TRY(const auto certificate, Certificate::from_der(ek));
  ASTERISM_TRY(const auto key, certificate.public_key());
  ASTERISM_TRY(const auto spki, key.spki());
  ASTERISM_TRY(const auto digest, sha256(spki));
  identity_ = "tpm:" + digest.hex();
  std::vector<std::byte> out;
  for (const Bytes part : {challenge_->id_object(), challenge_->encrypted_secret()}) {
    append_be(out, part.size(), 2);
    append(out, part);
  }
  return out;
}

Result<std::optional<TrustedAk>> AkChallenge::redeem(const Parts& parts) {
  if (!challenge_) return std::optional<TrustedAk>{};
  ASTERISM_TRY(const auto answer, parts.need(Part::challenge_answer));
  ASTERISM_TRY(auto ak, std::move(*challenge_).redeem(answer));
  challenge_.reset();
  return std::optional{std::move(ak)};
}

Result<ImageNames> NodeJudge::verify(Bytes evidence, const Binding& binding) {
  ASTERISM_TRY(const auto parts, Parts::parse(evidence));
  claimed_image_ = excerpt(as_text(parts.find(Part::image).value_or(Bytes{})));
  ASTERISM_TRY(const auto ak, ak_.redeem(parts));
  ASTERISM_TRY(facts_, judge(parts, ak, rules_, references_, binding, time_));
  if (ak) facts_.identities.insert(ak_.identity());
  return facts_.images;
}

Result<Bytes> certificate_in_table(Bytes table, SnpSigningKey key) {
  const Guid wanted = key == SnpSigningKey::vcek ? vcek_guid : vlek_guid;
  const ByteView view{table};
  for (std::size_t row = 0; row < table_rows_max; ++row) {
    const std::uint64_t place = row * table_row_bytes;
    ASTERISM_TRY(const auto guid, Guid::read(view, place, "table"));
    if (guid == Guid{}) break;
    ASTERISM_TRY(const auto offset, view.u32(place + 16, "offset"));
    ASTERISM_TRY(const auto size, view.u32(place + 20, "length"));
    ASTERISM_TRY(const auto content, view.sub(offset, size, "certificate"));
    if (guid == wanted) return content.bytes();
  }
  return fail(Errc::not_found, "the host's table has no certificate of this kind of key");
}

}  // namespace asterism::attestation
