// SPDX-License-Identifier: Apache-2.0
#include "asterism/app/evidence_arguments.hpp"
#include "attestation/verifier.hpp"
#include "common/fs.hpp"

namespace asterism::cli {
namespace {

using attestation::parse_tcb_status;
using attestation::pinned_intel_root;
using attestation::StaticReferenceValues;
using attestation::TdRegisters;
using attestation::TdxFacts;
using attestation::TdxPolicy;
using attestation::Time;
using attestation::Verifier;

constexpr std::uint64_t file_bytes_max = 4U << 20;

Result<TdRegisters> registers_of(const EvidenceArguments& arguments) {
  TdRegisters registers;
  ASTERISM_TRY(registers.mrtd, Digest::from_hex(HashAlgorithm::sha384, arguments.mrtd), "--mrtd");
  for (const std::string& text : arguments.rtmrs) {
    if (text.size() < 2 || text[0] < '0' || text[0] > '3' || text[1] != '=') {
      return fail(Errc::usage, "--rtmr={}: expected <0 to 3>=<value>", excerpt(text));
    }
    ASTERISM_TRY(registers.rtmrs[static_cast<std::size_t>(text[0] - '0')],
                 Digest::from_hex(HashAlgorithm::sha384, text.substr(2)), "--rtmr");
  }
  return registers;
}

Json to_json(const TdxFacts& facts) {
  Json::Array advisories;
  for (const std::string& advisory : facts.advisories)
    advisories.emplace_back(advisory);
  Json::Array rtmrs;
  for (const auto& value : facts.body.rtmrs)
    rtmrs.emplace_back(to_hex(value));
  return Json::Object{{"advisories", std::move(advisories)},
                      {"fmspc", to_hex(facts.pck.fmspc)},
                      {"kind", "tdx"},
                      {"mrtd", to_hex(facts.body.mrtd)},
                      {"report_data", to_hex(facts.body.report_data)},
                      {"rtmrs", std::move(rtmrs)},
                      {"td_attributes", facts.body.td_attributes},
                      {"tcb_status", to_string(facts.status)},
                      {"verified", true},
                      {"xfam", facts.body.xfam}};
}

}  // namespace

Result<Json> verify_tdx(const EvidenceArguments& arguments, Time time) {
  ASTERISM_TRY(const auto quote, read_file(arguments.tdx_quote, file_bytes_max));
  ASTERISM_TRY(const auto tcb_info, read_text_file(arguments.tcb_info, file_bytes_max));
  ASTERISM_TRY(const auto qe_identity, read_text_file(arguments.qe_identity, file_bytes_max));
  ASTERISM_TRY(const auto chain, read_text_file(arguments.signing_chain, file_bytes_max));
  ASTERISM_TRY(const auto pck_crl, read_file(arguments.pck_crl, file_bytes_max));
  ASTERISM_TRY(const auto root_crl, read_file(arguments.root_crl, file_bytes_max));
  ASTERISM_TRY(const auto root, pinned_intel_root());
  TdxPolicy policy{.statuses = {}, .allow_debug = arguments.allow_debug};
  for (const std::string& name : arguments.statuses) {
    ASTERISM_TRY(const auto status, parse_tcb_status(name), "--tcb-status");
    policy.statuses.insert(status);
  }
  ASTERISM_TRY(auto registers, registers_of(arguments));
  ASTERISM_TRY(const auto report_data, report_data_of(arguments.report_data));
  const StaticReferenceValues references{{{.name = "given", .td_registers = {registers}}}, {}, 0};
  ASTERISM_TRY(const auto verified, Verifier::verify_tdx(quote,
                                                         {.tcb_info = tcb_info,
                                                          .qe_identity = qe_identity,
                                                          .signing_chain = chain,
                                                          .pck_crl = pck_crl,
                                                          .root_crl = root_crl},
                                                         root, policy, references, report_data, time));
  return to_json(*verified);
}

}  // namespace asterism::cli
