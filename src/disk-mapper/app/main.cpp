// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "common/cli.hpp"
#include "common/fs.hpp"
#include "common/os_release.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::uint64_t limit_bytes = 65'536;

/// The image says which variant it is: the file is part of what was measured.
Result<Config> read_config(const std::string& path) {
  std::string os_release;
  for (const char* place : {"/etc/initrd-release", "/usr/lib/os-release"})
    if (auto text = read_text_file(place, limit_bytes); text && os_release.empty()) os_release = *std::move(text);
  ASTERISM_TRY(const auto text, read_text_file(path, limit_bytes));
  ASTERISM_TRY(auto config, parse_config(text, parse_os_release(os_release).variant), "'{}'", path);
  return config;
}

Result<> run(int argc, char** argv) {
  CLI::App app{"Makes, opens and looks after the node's state disk.", "disk-mapper"};
  app.set_version_flag("--version", ASTERISM_VERSION);
  app.footer(exit_code_help());
  app.require_subcommand(0, 1);
  std::string path = "/usr/lib/asterism/disk-mapper.json";
  bool json = false;
  auto* const open = app.add_subcommand("open", "Make or open the state disk and mount it (in the initramfs)");
  auto* const uuid = app.add_subcommand("uuid", "Leave the UUID of the disk that open is going to make or open");
  auto* const grow = app.add_subcommand("grow", "Initialise the rest of the disk in the background");
  auto* const status = app.add_subcommand("status", "Show which disk is open and how much of it is initialised");
  auto* const recover = app.add_subcommand("recover", "Hand a recovery key from standard input to the waiting open");
  auto* const rekey =
      app.add_subcommand("rekey", "Give the node a new key for the open disk; standard input: a recovery key");
  auto* const recovery = app.add_subcommand("recovery-key", "Recovery keys of the open disk");
  recovery->require_subcommand(0, 1);
  auto* const take = recovery->add_subcommand("take", "Print the recovery key that a new disk got; once");
  auto* const add =
      recovery->add_subcommand("add", "Make one more and print it; standard input: one that the disk has");
  auto* const remove = recovery->add_subcommand("remove", "Take the one on standard input away from the disk");
  for (auto* const each : {open, uuid, grow, rekey})
    each->add_option("--config", path, "Configuration, part of the image")->capture_default_str();
  status->add_flag("--json", json, "As JSON");
  ASTERISM_TRY(const auto parsed, parse_command_line(app, argc, argv));
  if (parsed == Parsed::done) return {};
  if (*status) return status_command(json);
  if (*recover) return recover_command();
  if (*take) return take_recovery_key_command();
  if (*add) return add_recovery_key_command();
  if (*remove) return remove_recovery_key_command();
  if (app.get_subcommands().empty() || *recovery) {
    return fail(Errc::usage, "no command given (disk-mapper {}--help lists them)", *recovery ? "recovery-key " : "");
  }
  ASTERISM_TRY(const auto config, read_config(path));
  if (*rekey) return rekey_command(config);
  if (*uuid) return uuid_command(config);
  return *grow ? grow_command(config) : open_command(config);
}

}  // namespace
}  // namespace asterism::disk_mapper

int main(int argc, char** argv) {
  return asterism::run_program("disk-mapper", [&] { return asterism::disk_mapper::run(argc, argv); });
}
