// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "app_parts.hpp"
#include "common/cli.hpp"
#include "common/fs.hpp"
#include "join/connect.hpp"
#include "machine.hpp"

namespace asterism::join {
namespace {

using attestation::cluster_event;
using attestation::EvidenceCollector;
using attestation::measure_words;
using attestation::MeasuredEvent;
using attestation::read_measured_events;
using attestation::ShownManifest;

constexpr std::uint64_t file_bytes_max = 256U << 10;
constexpr std::chrono::seconds kubernetes_timeout{20};

struct Arguments {
  std::string config = "/etc/asterism/join-service.json";
  MachineOptions machine;
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
  ASTERISM_TRY(const auto machine, look_around(arguments.machine));
  if (machine.tpm) ASTERISM_CHECK(be_member(*machine.tpm, arguments.machine.measurements, config.cluster));
  ASTERISM_TRY(auto shown, own_manifest(config));
  ASTERISM_TRY(auto collector, EvidenceCollector::make({.tpm = machine.tpm.get(),
                                                        .tsm = machine.tsm.get(),
                                                        .userspace_log = arguments.machine.measurements,
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
  arguments.machine.add_to(app);
  ASTERISM_TRY(const auto parsed, parse_command_line(app, argc, argv));
  if (parsed == Parsed::done) return {};
  return serve(arguments);
}

}  // namespace
}  // namespace asterism::join

int main(int argc, char** argv) {
  return asterism::run_program("join-service", [&] { return asterism::join::run(argc, argv); });
}
