// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "image-tool/app/commands.hpp"

int main(int argc, char** argv) {
  using namespace asterism;
  return run_program("image-tool", [&]() -> Result<> {
    CLI::App app{"Containers, bill of materials and comparison of node images", "image-tool"};
    app.set_version_flag("--version", ASTERISM_VERSION);
    app.footer(exit_code_help());
    app.require_subcommand(1);
    image_tool::Command command;
    image_tool::add_container_commands(app, command);
    image_tool::add_sbom_command(app, command);
    image_tool::add_diff_command(app, command);
    ASTERISM_TRY(const Parsed parsed, parse_command_line(app, argc, argv));
    return parsed == Parsed::done ? Result<>{} : command();
  });
}
