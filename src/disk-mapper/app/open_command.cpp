// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <span>

#include "commands.hpp"
#include "common/cli.hpp"
#include "common/fs.hpp"
#include "common/json.hpp"
#include "disk-mapper/find_device.hpp"
#include "disk-mapper/linux_storage.hpp"
#include "disk-mapper/open.hpp"
#include "disk-mapper/recovery_key.hpp"
#include "providers.hpp"
#include "recovery_prompt.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr const char* console = "/dev/console";

std::string_view to_string(Action action) {
  return action == Action::create ? "made" : "opened";
}

Result<> write_report(const OpenReport& report, const std::string& device, const Config& config,
                      std::chrono::milliseconds took) {
  const Json json{Json::Object{{"device", device},
                               {"uuid", report.uuid},
                               {"action", to_string(report.action)},
                               {"generation", report.generation},
                               {"mount_point", config.mount_point},
                               {"available_bytes", report.available_bytes},
                               {"initialised_bytes", report.initialised_bytes},
                               {"measured", report.measured},
                               {"took_ms", static_cast<std::uint64_t>(took.count())}}};
  return write_file_atomically(report_path, as_bytes(json.to_text()));
}

/// A node that never had a state disk goes on without one: what it writes is gone after the boot.
Result<> go_on_without(KeyProvider& provider, Error missing) {
  ASTERISM_TRY(const auto has_record, provider.has_record(), "key provider {}", provider.name());
  if (has_record) return std::unexpected{std::move(missing)};
  std::fprintf(stderr, "disk-mapper: %s; /var stays in memory\n", missing.message().c_str());
  return {};
}

/// Shows the recovery key of a disk that was just made, where the image says. Losing it costs nothing that is there.
Result<> show_recovery_key(NewRecoveryKey where, const SecretBytes& key) {
  ASTERISM_TRY(auto text, recovery_key_text(key));
  Result<> shown;
  if (where == NewRecoveryKey::console) {
    std::fprintf(stderr, "disk-mapper: recovery key of the new disk, shown this once: %s\n", text.c_str());
  } else {
    shown = write_file_atomically(new_recovery_path, as_bytes(text + "\n"), 0600);
  }
  wipe(std::as_writable_bytes(std::span{text}));
  return shown;
}

Result<> try_open(const Config& config, const SecretBytes* recovery_key) {
  const auto start = std::chrono::steady_clock::now();
  ASTERISM_TRY(const auto parts, make_parts(config, recovery_key ? WithoutProvider::go_on : WithoutProvider::fail));
  auto found = find_device("", config.devices);
  if (!found && found.error().code() == Errc::not_found)
    return go_on_without(*parts.provider, std::move(found).error());
  ASTERISM_TRY(const auto device, std::move(found));
  const auto storage = linux_storage();
  ASTERISM_TRY(const auto fresh, SecretBytes::random(node_key_bytes));
  const bool wants_fresh = config.new_recovery_key != NewRecoveryKey::none;
  const OpenRequest request{.device = device,
                            .mount_point = config.mount_point,
                            .initial_bytes = config.initial_bytes,
                            .new_uuid = parts.new_uuid,
                            .recovery_key = recovery_key,
                            .new_recovery_key = wants_fresh ? &fresh : nullptr};
  ASTERISM_TRY(const auto report, open_state_disk(*storage, *parts.provider, *parts.measurer, request));
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  ASTERISM_CHECK(write_report(report, device, config, took));
  if (wants_fresh && report.action == Action::create) ASTERISM_CHECK(show_recovery_key(config.new_recovery_key, fresh));
  std::fprintf(stderr, "disk-mapper: %s state disk %s (%s) in %lld ms\n", std::string{to_string(report.action)}.c_str(),
               device.c_str(), report.uuid.c_str(), static_cast<long long>(took.count()));
  if (!report.note.empty()) std::fprintf(stderr, "disk-mapper: %s\n", report.note.c_str());
  return {};
}

}  // namespace

Result<> uuid_command(const Config& config) {
  const auto found = find_device("", config.devices);
  const auto has_record = [&]() -> Result<bool> {
    ASTERISM_TRY(const auto parts, make_parts(config));
    ASTERISM_TRY(const bool recorded, parts.provider->has_record(), "key provider {}", parts.provider->name());
    return recorded;
  };
  std::string uuid;
  if (found) {
    ASTERISM_TRY(uuid, uuid_to_open(*linux_storage(), has_record, *found));
  } else if (found.error().code() != Errc::not_found) {
    return std::unexpected{found.error()};
  }
  return write_file_atomically(uuid_path, as_bytes(uuid), 0600);
}

Result<> open_command(const Config& config) {
  std::error_code ignored;  // said by whatever needs the folder
  std::filesystem::create_directories(std::filesystem::path{report_path}.parent_path(), ignored);
  auto opened = try_open(config, nullptr);
  while (!opened) {
    std::fprintf(stderr,
                 "%s\ndisk-mapper: waiting for a recovery key; the node does not go on without its state disk\n",
                 error_line("disk-mapper", opened.error()).c_str());
    ASTERISM_TRY(auto prompt, RecoveryPrompt::open(recovery_path, console));
    ASTERISM_TRY(const auto key, prompt.wait());
    opened = try_open(config, &key);
  }
  return {};
}

}  // namespace asterism::disk_mapper
