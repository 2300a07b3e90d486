// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <optional>
#include <thread>

#include <CLI/CLI.hpp>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "common/cli.hpp"
#include "common/fs.hpp"
#include "common/os_release.hpp"
#include "fetch.hpp"
#include "join/agent.hpp"
#include "join/connect.hpp"
#include "join/document.hpp"
#include "join/network_state.hpp"
#include "join/operator_evidence.hpp"
#include "machine.hpp"

namespace asterism::join {
namespace {

using attestation::cluster_event;
using attestation::EvidenceCollector;
using attestation::measure_words;
using attestation::node_config_event;
using attestation::recovery_event;

constexpr std::uint64_t config_bytes_max = 64U << 10;
constexpr std::chrono::seconds connect_timeout{10};
constexpr std::chrono::milliseconds network_poll{50};

struct Arguments {
  std::string config = "/run/asterism/node.json";
  std::string output = "/run/asterism/join";
  MachineOptions machine;
  std::string firmware_log = "/sys/kernel/security/tpm0/binary_bios_measurements";
  std::string image;
  std::string disk_uuid;
  std::string disk_uuid_file = "/run/asterism/state-disk-uuid";
  std::string network_state = "/run/systemd/netif/state";
  unsigned network_wait_s = 0;
  std::string resolver = "/run/asterism/resolv.conf";
  FetchOptions fetch;
  unsigned rounds = 0;
};

/// "asterism 0.2.0" of os-release: a claim that only makes messages better.
std::string own_image() {
  const OsRelease own = parse_os_release(read_text_file("/etc/initrd-release", config_bytes_max).value_or(""));
  return own.image.empty() ? std::string{} : own.image + " " + own.version;
}

void tell(const std::string& line) {
  std::fprintf(stderr, "join-agent: %s\n", printable(line).c_str());
  ::sd_notifyf(0, "STATUS=%s", printable(line).c_str());
}

/// The disk that disk-mapper found or is going to make; empty where it could not tell, which it says itself.
Result<std::string> disk_to_ask_for(const Arguments& arguments) {
  if (!arguments.disk_uuid.empty()) return arguments.disk_uuid;
  auto text = read_text_file(arguments.disk_uuid_file, 64);
  if (!text && text.error().code() == Errc::not_found) return std::string{};
  return text;
}

/// Until networkd has an address, or the time for it is over: then the endpoints say why they cannot be reached.
void wait_for_network(const Arguments& arguments) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{arguments.network_wait_s};
  while (std::chrono::steady_clock::now() < end &&
         !is_routable(read_text_file(arguments.network_state, config_bytes_max).value_or(""))) {
    std::this_thread::sleep_for(network_poll);
  }
}

/// Names of endpoints are looked up with the servers that DHCP named: there is no other resolver in the initramfs.
Result<UniqueFd> connect(const Arguments& arguments, const Endpoint& endpoint) {
  if (const auto state = read_text_file(arguments.network_state, config_bytes_max)) {
    ASTERISM_CHECK(write_file_atomically(arguments.resolver, as_bytes(resolver_configuration(*state))));
  }
  return connect_to(endpoint, connect_timeout);
}

/// Waits between rounds. Where the document says so, an operator may use the time: only with a TPM, in which document
/// and recovery are on record.
class Pause {
 public:
  Pause(const Arguments& arguments, const std::string& disk_uuid, const NodeConfig& config, tpm::Tpm* tpm,
        EvidenceCollector& collector)
      : disk_uuid_{disk_uuid} {
    if (!config.recovery || disk_uuid.empty() || tpm == nullptr) return;
    desk_.emplace(config, disk_uuid, collector,
                  RecoveryWorld{.visitor = [this, &config](auto time) { return visitor(config, time); },
                                .measure =
                                    [&arguments, tpm](const std::string& id) {
                                      return measure_words(*tpm, arguments.machine.measurements, "recovery",
                                                           recovery_event(id));
                                    },
                                .tell = tell});
  }

  bool operator()(std::chrono::milliseconds time) {
    if (desk_) return !desk_->wait(time);
    std::this_thread::sleep_for(time);
    return true;
  }
  [[nodiscard]] std::optional<Recovered> recovered() { return desk_ ? std::move(desk_->recovered()) : std::nullopt; }

 private:
  /// Listens from the first time on that somebody is waited for.
  Result<UniqueFd> visitor(const NodeConfig& config, std::chrono::milliseconds time) {
    if (!listener_) {
      auto listener = listen_on(config.recovery->listen);
      if (!listener) {
        tell(std::format("recovery: {}", listener.error().message()));
        std::this_thread::sleep_for(time);
        return std::unexpected{std::move(listener).error()};
      }
      listener_ = *std::move(listener);
      tell(std::format("recovery: an operator may connect to {} with the key of disk {}",
                       config.recovery->listen.to_string(), disk_uuid_));
    }
    return accept_from(listener_, time);
  }

  std::string disk_uuid_;
  UniqueFd listener_;
  std::optional<RecoveryDesk> desk_;
};

/// The key of the disk came from an operator. Credentials still come from the cluster, or not in this boot.
Result<> stage_after_recovery(const std::string& output, const std::string& disk_uuid, const NodeConfig& config,
                              Recovered recovered, Result<Admission> admission) {
  tell(std::format("recovered by operator {}", short_name(recovered.operator_id)));
  if (!admission) return stage_recovered(output, recovered, config, disk_uuid);
  admission->answer.disk_key = std::move(recovered.disk_key);
  return stage(output, *admission, config, disk_uuid);
}

Result<> join_now(const Arguments& arguments) {
  ASTERISM_TRY(const auto text, read_text_file(arguments.config, config_bytes_max), "node configuration");
  ASTERISM_TRY(const auto machine, look_around(arguments.machine));
  ASTERISM_TRY(const auto disk_uuid, disk_to_ask_for(arguments));
  if (machine.tpm) {
    // Before it is parsed: whatever the document does to us, it is on record.
    ASTERISM_TRY(const auto words, node_config_event(as_bytes(text)));
    ASTERISM_CHECK(measure_words(*machine.tpm, arguments.machine.measurements, "node-config", words));
  }
  ASTERISM_TRY(const auto config, parse_node_config(text));
  ASTERISM_TRY(auto collector,
               EvidenceCollector::make({.tpm = machine.tpm.get(),
                                        .tsm = machine.tsm.get(),
                                        .userspace_log = arguments.machine.measurements,
                                        .firmware_log = arguments.firmware_log,
                                        .image = arguments.image.empty() ? own_image() : arguments.image}));
  Pause pause{arguments, disk_uuid, config, machine.tpm.get(), collector};
  wait_for_network(arguments);
  const AgentWorld world{.connect = [&](const Endpoint& endpoint) { return connect(arguments, endpoint); },
                         .pause = [&](std::chrono::milliseconds time) { return pause(time); },
                         .tell = tell};
  auto admission = join_cluster(config, disk_uuid, collector, world, {.rounds = arguments.rounds});
  auto recovered = pause.recovered();
  if (recovered) admission = join_cluster(config, "", collector, world, {.rounds = 1});
  if (!admission && !recovered) return std::unexpected{std::move(admission).error()};
  // Measured before anything lies there: whoever has the credentials is in a boot that cannot ask again.
  if (machine.tpm && admission) {
    ASTERISM_CHECK(
        measure_words(*machine.tpm, arguments.machine.measurements, "cluster", cluster_event(config.cluster)));
  }
  if (recovered) {
    return stage_after_recovery(arguments.output, disk_uuid, config, *std::move(recovered), std::move(admission));
  }
  ASTERISM_CHECK(stage(arguments.output, *admission, config, disk_uuid));
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
  arguments.machine.add_to(app);
  app.add_option("--firmware-log", arguments.firmware_log, "The firmware's event log")->capture_default_str();
  app.add_option("--image", arguments.image, "Name and version to claim (default: of initrd-release)");
  app.add_option("--disk-uuid", arguments.disk_uuid, "LUKS UUID of the state disk that needs its key");
  app.add_option("--disk-uuid-file", arguments.disk_uuid_file,
                 "File that holds it, where the other option is not given")
      ->capture_default_str();
  app.add_option("--network-state", arguments.network_state, "State file of networkd")->capture_default_str();
  app.add_option("--network-wait", arguments.network_wait_s, "Seconds to wait for an address")
      ->check(CLI::Range(600U))
      ->capture_default_str();
  app.add_option("--resolver", arguments.resolver, "resolv.conf to write")->capture_default_str();
  app.add_option("--rounds", arguments.rounds, "Rounds over all endpoints; 0: for ever")->capture_default_str();
  auto* const fetch = app.add_subcommand(
      "fetch", "Only copy the document from the ESP or fw_cfg to --config, or note the cloud that may have one");
  arguments.fetch.add_to(*fetch);
  auto* const user_data =
      app.add_subcommand("fetch-user-data", "Only copy the document in the noted cloud's user data to --config");
  user_data->add_option("--platform", arguments.fetch.platform, "File with the name of the cloud")
      ->capture_default_str();
  app.require_subcommand(0, 1);
  ASTERISM_TRY(const auto parsed, parse_command_line(app, argc, argv));
  if (parsed == Parsed::done) return {};
  if (*fetch) return fetch_document(arguments.fetch, arguments.config);
  if (*user_data) return fetch_user_data(arguments.fetch.platform, arguments.config);
  return join_now(arguments);
}

}  // namespace
}  // namespace asterism::join

int main(int argc, char** argv) {
  return asterism::run_program("join-agent", [&] { return asterism::join::run(argc, argv); });
}
