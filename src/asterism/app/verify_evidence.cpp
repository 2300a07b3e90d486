// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <CLI/CLI.hpp>

#include "asterism/app/commands.hpp"
#include "asterism/app/evidence_arguments.hpp"
#include "common/cli.hpp"
#include "common/timestamp.hpp"

namespace asterism::cli {
namespace {

/// "name: value" lines of a flat JSON object.
std::string as_lines(const Json& object) {
  std::string text;
  for (const auto& [name, value] : *object.get_if<Json::Object>()) {
    const auto* word = value.get_if<std::string>();
    std::string shown = word ? *word + "\n" : value.to_text();
    text += std::format("{:18} {}", name, shown);
  }
  return text;
}

Result<> verify(const EvidenceArguments& arguments) {
  if (arguments.snp_report.empty() == arguments.tdx_quote.empty()) {
    return fail(Errc::usage, "give either --snp-report or --tdx-quote");
  }
  auto time = current_time();
  if (!arguments.at.empty()) {
    const auto given = parse_timestamp(arguments.at);
    if (!given) return fail(Errc::usage, "--at: {}", given.error().message());
    time = *given;
  }
  ASTERISM_TRY(const auto facts,
               arguments.tdx_quote.empty() ? verify_snp(arguments, time) : verify_tdx(arguments, time));
  return print_out(arguments.json ? facts.to_text() : as_lines(facts));
}

void add_snp_options(CLI::App& verb, EvidenceArguments& arguments) {
  verb.add_option("--snp-report", arguments.snp_report, "SEV-SNP report, 1184 bytes")->group("SEV-SNP");
  verb.add_option("--snp-certificate", arguments.snp_certificate, "VCEK or VLEK certificate, DER")->group("SEV-SNP");
  verb.add_option("--snp-crl", arguments.snp_crl, "AMD's revocation list of that product, DER")->group("SEV-SNP");
  verb.add_option("--product", arguments.products, "allowed product: Milan, Genoa, Turin; repeatable")
      ->group("SEV-SNP");
  verb.add_option("--measurement", arguments.measurements, "allowed launch measurement; repeatable")->group("SEV-SNP");
  verb.add_option("--tcb-floor", arguments.floor, "lowest TCB: bootloader,tee,snp,microcode[,fmc]")->group("SEV-SNP");
  verb.add_option("--vmpl", arguments.vmpl, "level that has to have asked")->capture_default_str()->group("SEV-SNP");
  verb.add_flag("--allow-smt", arguments.allow_smt, "accept a guest that may run with SMT on")->group("SEV-SNP");
}

void add_tdx_options(CLI::App& verb, EvidenceArguments& arguments) {
  verb.add_option("--tdx-quote", arguments.tdx_quote, "TDX quote")->group("TDX");
  verb.add_option("--tcb-info", arguments.tcb_info, "Intel's TCB info of the platform, JSON")->group("TDX");
  verb.add_option("--qe-identity", arguments.qe_identity, "Intel's identity of the quoting enclave, JSON")
      ->group("TDX");
  verb.add_option("--signing-chain", arguments.signing_chain, "certificate that signed both, PEM")->group("TDX");
  verb.add_option("--pck-crl", arguments.pck_crl, "revocation list of the PCK CA, DER")->group("TDX");
  verb.add_option("--root-crl", arguments.root_crl, "revocation list of Intel's root, DER")->group("TDX");
  verb.add_option("--tcb-status", arguments.statuses, "accepted status; repeatable")
      ->capture_default_str()
      ->group("TDX");
  verb.add_option("--mrtd", arguments.mrtd, "expected MRTD")->group("TDX");
  verb.add_option("--rtmr", arguments.rtmrs, "<n>=<value> of an RTMR; repeatable")->group("TDX");
}

}  // namespace

Result<attestation::FixedBytes<64>> report_data_of(const std::string& hex) {
  const auto bytes = from_hex(hex);
  if (!bytes || bytes->size() > 64) return fail(Errc::usage, "--report-data: up to 128 hexadecimal digits");
  attestation::FixedBytes<64> data{};
  std::ranges::copy(*bytes, data.begin());
  return data;
}

Command add_verify_evidence(CLI::App& app) {
  const auto arguments = std::make_shared<EvidenceArguments>();
  CLI::App& verb = *app.add_subcommand(
      "verify-evidence", "Checks a recorded SEV-SNP report or TDX quote against values given on the command line.");
  verb.add_option("--report-data", arguments->report_data, "report data that were asked for; zeros may be left out")
      ->required();
  verb.add_option("--at", arguments->at, "time of the check, 2026-01-31T12:00:00Z; default: now");
  verb.add_flag("--allow-debug", arguments->allow_debug, "accept a guest that its host may debug");
  verb.add_flag("--json", arguments->json, "JSON on standard output");
  add_snp_options(verb, *arguments);
  add_tdx_options(verb, *arguments);
  return [arguments] { return verify(*arguments); };
}

}  // namespace asterism::cli
