// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "image-tool/app/commands.hpp"

int main(int argc, char** argv) {
  namespace image_tool = asterism::image_tool;
  return asterism::run_program("image-tool", [&]() -> asterism::Result<> {
    CLI::App app{"Containers, bill of materials and comparison of node images", "image-tool"};
    app.set_version_flag("--version", ASTERISM_VERSION);
    app.footer(asterism::exit_code_help());
    app.require_subcommand(1);
    image_tool::Command command;
    image_tool::add_container_commands(app, command);
    image_tool::add_sbom_command(app, command);
    image_tool::add_diff_command(app, command);
    ASTERISM_TRY(const asterism::Parsed parsed, asterism::parse_command_line(app, argc, argv));
    return parsed == asterism::Parsed::done ? asterism::Result<>{} : command();
  });
}
