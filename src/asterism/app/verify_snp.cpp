// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "asterism/app/evidence_arguments.hpp"
#include "attestation/verifier.hpp"
#include "common/fs.hpp"

namespace asterism::cli {
namespace {

using attestation::ImageReference;
using attestation::snp_product_of_name;
using attestation::SnpFacts;
using attestation::SnpPolicy;
using attestation::SnpProduct;
using attestation::SnpReport;
using attestation::SnpRoots;
using attestation::SnpTcb;
using attestation::StaticReferenceValues;
using attestation::Time;
using attestation::Verifier;

constexpr std::uint64_t file_bytes_max = 4U << 20;

Result<SnpTcb> parse_floor(std::string_view text) {
  SnpTcb tcb;
  std::uint8_t* const parts[] = {&tcb.bootloader, &tcb.tee, &tcb.snp, &tcb.microcode, &tcb.fmc};
  std::size_t count = 0;
  for (; !text.empty() && count < std::size(parts); ++count) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *parts[count]);
    if (error != std::errc{}) return fail(Errc::usage, "--tcb-floor: numbers from 0 to 255, separated by commas");
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with(',')) text.remove_prefix(1);
  }
  if (count < 4 || !text.empty()) return fail(Errc::usage, "--tcb-floor: four or five numbers");
  return tcb;
}

Json tcb_json(const SnpTcb& tcb) {
  return Json::Object{{"bootloader", tcb.bootloader},
                      {"fmc", tcb.fmc},
                      {"microcode", tcb.microcode},
                      {"snp", tcb.snp},
                      {"tee", tcb.tee}};
}

Json to_json(const SnpFacts& facts) {
  const SnpReport& report = facts.report;
  return Json::Object{{"chip_id", to_hex(report.chip_id)},
                      {"committed_tcb", tcb_json(report.committed_tcb)},
                      {"csp_id", facts.csp_id},
                      {"debug", report.policy.debug},
                      {"guest_svn", report.guest_svn},
                      {"host_data", to_hex(report.host_data)},
                      {"kind", "sev-snp"},
                      {"measurement", to_hex(report.measurement)},
                      {"product", to_string(facts.product)},
                      {"report_data", to_hex(report.report_data)},
                      {"reported_tcb", tcb_json(report.reported_tcb)},
                      {"signing_key", to_string(report.signing_key)},
                      {"smt", report.policy.smt},
                      {"verified", true},
                      {"version", report.version},
                      {"vmpl", report.vmpl}};
}

}  // namespace

Result<Json> verify_snp(const EvidenceArguments& arguments, Time time) {
  ASTERISM_TRY(const auto report, read_file(arguments.snp_report, file_bytes_max));
  ASTERISM_TRY(const auto certificate, read_file(arguments.snp_certificate, file_bytes_max));
  ASTERISM_TRY(auto roots, SnpRoots::pinned());
  ASTERISM_TRY(const auto floor, parse_floor(arguments.floor));
  SnpPolicy policy{.vmpl = arguments.vmpl, .allow_debug = arguments.allow_debug, .allow_smt = arguments.allow_smt};
  std::map<SnpProduct, SnpTcb> floors;
  for (const std::string& name : arguments.products) {
    ASTERISM_TRY(const auto product, snp_product_of_name(name), "--product");
    policy.products.insert(product);
    floors.emplace(product, floor);
    if (arguments.snp_crl.empty()) continue;
    ASTERISM_TRY(const auto crl, read_file(arguments.snp_crl, file_bytes_max));
    ASTERISM_CHECK(roots.set_crl(product, crl), "'{}'", printable(arguments.snp_crl));
  }
  ImageReference image{.name = "given"};
  for (const std::string& text : arguments.measurements) {
    ASTERISM_TRY(auto digest, Digest::from_hex(HashAlgorithm::sha384, text), "--measurement");
    image.snp_measurements.push_back(digest);
  }
  ASTERISM_TRY(const auto report_data, report_data_of(arguments.report_data));
  const StaticReferenceValues references{{image}, std::move(floors), 0};
  ASTERISM_TRY(const auto verified, Verifier::verify_snp({.report = report, .key_certificate = certificate}, roots,
                                                         policy, references, {.report_data = report_data}, time));
  return to_json(*verified);
}

}  // namespace asterism::cli
