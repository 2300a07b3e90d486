// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>
#include <thread>

#include <CLI/CLI.hpp>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "attestation/evidence/measurer.hpp"
#include "common/cli.hpp"
#include "common/fs.hpp"
#include "join/agent.hpp"
#include "join/connect.hpp"

namespace asterism::join {
namespace {

using attestation::cluster_event;
using attestation::EvidenceCollector;
using attestation::kernel_tsm;
using attestation::measure_words;
using attestation::node_config_event;
using attestation::tsm_folder;
using attestation::TsmReports;
using attestation::userspace_log_path;

constexpr std::uint64_t config_bytes_max = 64U << 10;
constexpr std::chrono::seconds connect_timeout{10};

struct Arguments {
  std::string config = "/run/asterism/node.json";
  std::string output = "/run/asterism/join";
  std::string tcti = "device:/dev/tpmrm0";
  std::string tsm = tsm_folder;
  std::string measurements = userspace_log_path;
  std::string firmware_log = "/sys/kernel/security/tpm0/binary_bios_measurements";
  std::string image;
  std::string disk_uuid;
  unsigned rounds = 0;
};

/// What the machine has to prove itself with, found at run time: one image for all.
struct Machine {
  std::unique_ptr<tpm::Tpm> tpm;
  std::unique_ptr<TsmReports> tsm;
};

Result<Machine> look_around(const Arguments& arguments) {
  Machine machine;
  auto tpm = tpm::open_tpm(arguments.tcti);
  if (tpm) {
    machine.tpm = *std::move(tpm);
  } else if (tpm.error().code() != Errc::unavailable) {
    return std::unexpected{std::move(tpm).error()};
  }
  if (std::filesystem::is_directory(arguments.tsm)) machine.tsm = kernel_tsm(arguments.tsm);
  return machine;
}

/// "asterism 0.2.0" of os-release: a claim that only makes messages better.
std::string own_image() {
  std::string id;
  std::string version;
  const auto text = read_text_file("/etc/initrd-release", config_bytes_max);
  for (std::size_t at = 0; text && at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    const std::string_view line = std::string_view{*text}.substr(at, end - at);
    if (line.starts_with("IMAGE_ID=")) id = line.substr(9);
    if (line.starts_with("IMAGE_VERSION=")) version = line.substr(14);
    at = end + 1;
  }
  return id.empty() ? std::string{} : id + " " + version;
}

void tell(const std::string& line) {
  std::fprintf(stderr, "join-agent: %s\n", printable(line).c_str());
  ::sd_notifyf(0, "STATUS=%s", printable(line).c_str());
}

Result<> join_now(const Arguments& arguments) {
  ASTERISM_TRY(const auto text, read_text_file(arguments.config, config_bytes_max), "node configuration");
  ASTERISM_TRY(const auto machine, look_around(arguments));
  if (machine.tpm) {
    // Before it is parsed: whatever the document does to us, it is on record.
    ASTERISM_TRY(const auto words, node_config_event(as_bytes(text)));
    ASTERISM_CHECK(measure_words(*machine.tpm, arguments.measurements, "node-config", words));
  }
  ASTERISM_TRY(const auto config, parse_node_config(text));
  ASTERISM_TRY(auto collector,
               EvidenceCollector::make({.tpm = machine.tpm.get(),
                                        .tsm = machine.tsm.get(),
                                        .userspace_log = arguments.measurements,
                                        .firmware_log = arguments.firmware_log,
                                        .image = arguments.image.empty() ? own_image() : arguments.image}));
  const AgentWorld world{.connect = [](const Endpoint& endpoint) { return connect_to(endpoint, connect_timeout); },
                         .sleep = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); },
                         .tell = tell};
  ASTERISM_TRY(const auto admission,
               join_cluster(config, arguments.disk_uuid, collector, world, {.rounds = arguments.rounds}));
  // Measured before anything lies there: whoever has the credentials is in a boot that cannot ask again.
  if (machine.tpm) {
    ASTERISM_CHECK(measure_words(*machine.tpm, arguments.measurements, "cluster", cluster_event(config.cluster)));
  }
  ASTERISM_CHECK(stage(arguments.output, admission, config, arguments.disk_uuid));
  tell(std::format("joined cluster {} as {}", config.cluster, config.name));
  return {};
}

Result<> run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"Joins the node to its cluster: proves what it runs, checks the cluster, stages kubelet's credentials.",
               "join-agent"};
  app.set_version_flag("--version", ASTERISM_VERSION);
  app.footer(exit_code_help());
  app.add_option("--config", arguments.config, "The node's configuration document")->capture_default_str();
  app.add_option("--output", arguments.output, "Folder for credentials")->capture_default_str();
  app.add_option("--tcti", arguments.tcti, "How the TPM is reached")->capture_default_str();
  app.add_option("--tsm", arguments.tsm, "Folder of the kernel's TSM reports")->capture_default_str();
  app.add_option("--measurements", arguments.measurements, "Log of userspace measurements")->capture_default_str();
  app.add_option("--firmware-log", arguments.firmware_log, "The firmware's event log")->capture_default_str();
  app.add_option("--image", arguments.image, "Name and version to claim (default: of initrd-release)");
  app.add_option("--disk-uuid", arguments.disk_uuid, "LUKS UUID of the state disk that needs its key");
  app.add_option("--rounds", arguments.rounds, "Rounds over all endpoints; 0: for ever")->capture_default_str();
  ASTERISM_TRY(const auto parsed, parse_command_line(app, argc, argv));
  if (parsed == Parsed::done) return {};
  return join_now(arguments);
}

}  // namespace
}  // namespace asterism::join

int main(int argc, char** argv) {
  return asterism::run_program("join-agent", [&] { return asterism::join::run(argc, argv); });
}
