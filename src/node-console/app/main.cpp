// SPDX-License-Identifier: Apache-2.0
#include <cerrno>

#include <CLI/CLI.hpp>
#include <fcntl.h>

#include "common/cli.hpp"
#include "common/unique_fd.hpp"
#include "daemon.hpp"
#include "node-console/banner.hpp"
#include "node-console/systemd_units.hpp"

namespace asterism::node_console {
namespace {

NodeReport current_report(int root) {
  NodeReport report{.facts = read_node_facts(root), .units = std::nullopt};
  report.facts.addresses = read_addresses(root);
  if (const auto units = SystemdUnits::connect()) {
    if (auto snapshot = (*units)->read()) report.units = *std::move(snapshot);
  }
  return report;
}

Result<> run(int argc, char** argv) {
  CLI::App app{"Shows on the node's consoles what it runs and how its agents do; reads nothing from them.",
               "node-console"};
  app.set_version_flag("--version", ASTERISM_VERSION);
  app.footer(exit_code_help());
  bool once = false;
  bool json = false;
  app.add_flag("--once", once, "Print the banner to standard output and exit");
  app.add_flag("--json", json, "Print the same as JSON to standard output and exit");
  ASTERISM_TRY(const auto parsed, parse_command_line(app, argc, argv));
  if (parsed == Parsed::done) return {};

  const UniqueFd root{::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!root) return std::unexpected<Error>{Error::from_errno(errno, "opening '/'")};
  if (json) return print_out(render_json(current_report(root.get())));
  if (once) return print_out(render_banner(current_report(root.get())));
  return run_daemon(root.get());
}

}  // namespace
}  // namespace asterism::node_console

int main(int argc, char** argv) {
  return asterism::run_program("node-console", [&] { return asterism::node_console::run(argc, argv); });
}
