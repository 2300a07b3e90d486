// SPDX-License-Identifier: Apache-2.0
#include "judge_world.hpp"

#include <algorithm>

#include "attestation/evidence/parts.hpp"

namespace asterism::testing {
namespace {

using namespace attestation;

constexpr std::size_t report_data_offset = 0x50;
constexpr std::size_t td_report_data_offset = 520;
constexpr unsigned quoted_pcrs_end = 16;

/// One row for the VCEK behind two rows of space: GUID, offset, length; the end; the certificate.
Buffer table_of(const Buffer& certificate) {
  Buffer out = from_hex("8d75da6364e66445adc5f4b93be8accd").value();
  append_le(out, 0x30, 4);
  append_le(out, certificate.size(), 4);
  out.resize(0x30);
  append(out, certificate);
  return out;
}

Buffer report_with(const FixedBytes<64>& data) {
  Buffer report = SnpWorld::report();
  std::ranges::copy(data, report.begin() + report_data_offset);
  return report;
}

}  // namespace

Buffer paravisor_nv(const Buffer& hardware_report, std::string_view runtime_data, std::uint32_t kind) {
  Buffer out = from_hex(
                   "48434c41"
                   "02000000")
                   .value();
  out.resize(0x20);
  append(out, hardware_report);
  append_le(out, 20 + runtime_data.size(), 4);
  append_le(out, 1, 4);
  append_le(out, kind, 4);
  append_le(out, 1, 4);
  append_le(out, runtime_data.size(), 4);
  append(out, as_bytes(runtime_data));
  out.resize(out.size() + 100);  // the NV index is larger
  return out;
}

Buffer paravisor_nv_of(const SnpWorld& world, const std::string& runtime_data) {
  return paravisor_nv(world.sign(report_with(paravisor_report_data(as_bytes(runtime_data)).value())), runtime_data);
}

JudgeWorld::JudgeWorld() : images{snp.images}, floors{snp.floors} {
  binding.fill(std::byte{0x3c});
  shown_binding = binding;
  snp_report = report_with(as_report_data(binding));
  certificates = table_of(snp.certificate());
  std::ranges::copy(as_report_data(binding), tdx.body.begin() + td_report_data_offset);
  const std::string data = tpm.runtime_data();
  nv = paravisor_nv_of(snp, data);
  measured = {{.text = "asterism node-config sha256:00", .digest = {}}};
  tpm.pcrs.clear();
  for (unsigned i = 0; i < quoted_pcrs_end; ++i)
    if (i != 10) tpm.pcrs.emplace(i, pcr_value(i));
  for (std::size_t i = 0; i < images.size(); ++i) {
    images[i].td_registers = tdx.images[i].td_registers;
    images[i].pcrs = tpm.images[i].pcrs;
  }
  rules.cluster = "prod.example";
  rules.snp = snp.policy;
  rules.tdx = tdx.policy;
  rules.roots = std::make_shared<VendorRoots>(snp.roots, tdx.root.certificate);
  const auto last = now.time_since_epoch().count() - 1000;
  rules.tdx_collateral = TdxCollateralTexts{.tcb_info = tdx.sign("tcbInfo", tdx.tcb_info),
                                            .qe_identity = tdx.sign("enclaveIdentity", tdx.qe_identity),
                                            .signing_chain = pem(tdx.signing.certificate) + pem(tdx.root.certificate),
                                            .pck_crl = make_crl(tdx.ca, last, tdx.crl_next_update, {}),
                                            .root_crl = make_crl(tdx.root, last, tdx.crl_next_update, {})};
}

Buffer JudgeWorld::evidence() const {
  Buffer paravisor = nv;
  if (rename_runtime_data) {
    const std::string_view from = "\"secure-boot\":true";
    const auto at = std::ranges::search(paravisor, as_bytes(from));
    std::ranges::copy(as_bytes("\"secure-boot\":null"), at.begin());
  }
  TpmWorld chip = tpm;
  chip.nonce.assign(binding.begin(), binding.end());
  chip.pcrs.insert_or_assign(identity_pcr, replay(measured, HashAlgorithm::sha256).value());
  std::vector<MeasuredEvent> events = measured;
  events.insert(events.end(), told.begin(), told.end());
  const Buffer attest = chip.attest();
  const std::pair<Part, Buffer> all[] = {{Part::snp_report, snp.sign(snp_report)},
                                         {Part::snp_certificates, certificates},
                                         {Part::tdx_quote, tdx.quote()},
                                         {Part::tpm_attest, attest},
                                         {Part::tpm_signature, chip.sign(attest)},
                                         {Part::tpm_pcrs, encode_pcrs(chip.pcrs).value()},
                                         {Part::measured_events, encode_events(events)},
                                         {Part::paravisor_report, paravisor}};
  Parts parts;
  for (const auto& [part, content] : all) {
    if (part == left_out || content.empty()) continue;
    parts.add(part, Bytes{content}.first(content.size() - (part == broken ? 1 : 0)));
  }
  return parts.encode();
}

Result<NodeFacts> JudgeWorld::judge(const Buffer& bytes) const {
  ASTERISM_TRY(const auto parts, Parts::parse(bytes));
  const StaticReferenceValues references{images, floors, evaluation_number_min};
  return attestation::judge(parts, std::nullopt, rules, references, shown_binding, now);
}

}  // namespace asterism::testing
