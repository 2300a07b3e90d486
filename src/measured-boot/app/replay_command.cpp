// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "measured-boot/app/commands.hpp"
#include "measured-boot/log_files.hpp"
#include "measured-boot/replay_report.hpp"

namespace asterism::measured_boot {
namespace {

struct Arguments {
  LogPaths paths;
  bool json = false;
};

Result<> replay_command(const Arguments& arguments) {
  ASTERISM_TRY(const auto logs, load_logs(arguments.paths));
  if (arguments.json) {
    ASTERISM_TRY(const auto json, replay_json(logs));
    return print_out(json.to_text());
  }
  ASTERISM_TRY(const auto table, replay_table(logs));
  return print_out(table);
}

}  // namespace

Command add_replay(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& verb = *app.add_subcommand("replay", "Decodes an event log and computes the registers from it.");
  verb.add_option("log", arguments->paths.log,
                  "log of the firmware: binary_bios_measurements of a TPM, or CCEL data of a TDX guest")
      ->required();
  verb.add_option("--userspace", arguments->paths.userspace, "tpm2-measure.log of systemd, which goes on from there");
  verb.add_option("--ccel-table", arguments->paths.ccel_table, "ACPI table CCEL that belongs to the log");
  verb.add_flag("--json", arguments->json, "JSON instead of a table");
  verb.footer(
      "A log is not trusted: it is true only as far as its registers equal those of a quote, and then only its "
      "digests\n"
      "are. 'agrees' says that an event's digest is that of the data shown; 'not-in-log' that it is of something "
      "else.");
  return [arguments] { return replay_command(*arguments); };
}

}  // namespace asterism::measured_boot
