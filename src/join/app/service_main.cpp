// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "app_parts.hpp"
#include "common/cli.hpp"
#include "common/fs.hpp"
#include "join/connect.hpp"

namespace asterism::join {
namespace {

using attestation::cluster_event;
using attestation::EvidenceCollector;
using attestation::kernel_tsm;
using attestation::measure_words;
using attestation::MeasuredEvent;
using attestation::read_measured_events;
using attestation::ShownManifest;
using attestation::tsm_folder;
using attestation::userspace_log_path;

constexpr std::uint64_t file_bytes_max = 256U << 10;
constexpr std::chrono::seconds kubernetes_timeout{20};

struct Arguments {
  std::string config = "/etc/asterism/join-service.json";
  std::string tcti = "device:/dev/tpmrm0";
  std::string tsm = tsm_folder;
  std::string measurements = userspace_log_path;
};

/// A service can only speak for a cluster that its machine is measured into. The first one founds it; on a machine that
/// joined, this finds what join-agent measured.
Result<> be_member(tpm::Tpm& tpm, const std::string& log, const std::string& cluster) {
  ASTERISM_TRY(const auto banks, tpm.active_banks());
  ASTERISM_TRY(const auto events, read_measured_events(log, banks.back()));
  for (const MeasuredEvent& event : events)
    if (event.text == cluster_event(cluster)) return {};
  return measure_words(tpm, log, "cluster", cluster_event(cluster));
}

Result<std::optional<ShownManifest>> own_manifest(const ServiceConfig& config) {
  if (config.own_manifest.empty()) return std::optional<ShownManifest>{};
  const std::string path = config.manifests + "/" + config.own_manifest;
  ShownManifest shown;
  ASTERISM_TRY(shown.text, read_text_file(path, manifest::manifest_bytes_max), "own manifest");
  ASTERISM_TRY(shown.signatures, signatures_beside(path), "own manifest");
  return std::optional{std::move(shown)};
}

Result<> serve(const Arguments& arguments) {
  ASTERISM_TRY(const auto text, read_text_file(arguments.config, file_bytes_max), "configuration");
  ASTERISM_TRY(auto config, parse_service_config(text), "'{}'", arguments.config);
  auto tpm = tpm::open_tpm(arguments.tcti);
  if (!tpm && tpm.error().code() != Errc::unavailable) return std::unexpected{std::move(tpm).error()};
  if (tpm) ASTERISM_CHECK(be_member(**tpm, arguments.measurements, config.cluster));
  const auto tsm = std::filesystem::is_directory(arguments.tsm) ? kernel_tsm(arguments.tsm) : nullptr;
  ASTERISM_TRY(auto shown, own_manifest(config));
  ASTERISM_TRY(auto collector, EvidenceCollector::make({.tpm = tpm ? tpm->get() : nullptr,
                                                        .tsm = tsm.get(),
                                                        .userspace_log = arguments.measurements,
                                                        .manifest = std::move(shown)}));
  std::mutex tpm_lock;
  ServiceParts parts{.config = config, .ca_pem = {}, .kubernetes = {}, .secret = {}, .evidence = {}};
  ASTERISM_TRY(parts.ca_pem, read_text_file(config.kubernetes.ca_file, file_bytes_max), "$.kubernetes.ca");
  parts.kubernetes = kubernetes_over_https(config.kubernetes, kubernetes_timeout);
  parts.secret = config.secret.key.empty() ? secret_in_file(config.secret.file)
                                           : wrapped_secret(config.secret.file, config.secret.key);
  parts.evidence = [&] { return std::make_unique<SharedEvidence>(collector, tpm_lock); };
  ASTERISM_TRY(const auto service, JoinService::make(std::move(parts)));
  ASTERISM_TRY(auto listener, listen_on(config.listen));
  return run_server(*service, std::move(listener), config);
}

Result<> run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"Lets nodes into the cluster that prove what they run.", "join-service"};
  app.set_version_flag("--version", ASTERISM_VERSION);
  app.footer(exit_code_help());
  app.add_option("--config", arguments.config, "The configuration file")->capture_default_str();
  app.add_option("--tcti", arguments.tcti, "How the TPM is reached")->capture_default_str();
  app.add_option("--tsm", arguments.tsm, "Folder of the kernel's TSM reports")->capture_default_str();
  app.add_option("--measurements", arguments.measurements, "Log of userspace measurements")->capture_default_str();
  ASTERISM_TRY(const auto parsed, parse_command_line(app, argc, argv));
  if (parsed == Parsed::done) return {};
  return serve(arguments);
}

}  // namespace
}  // namespace asterism::join

int main(int argc, char** argv) {
  return asterism::run_program("join-service", [&] { return asterism::join::run(argc, argv); });
}
