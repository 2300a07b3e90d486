// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "asterism/app/commands.hpp"
#include "common/cli.hpp"

namespace asterism::cli {
namespace {

constexpr std::string_view program = "asterism";

Result<> run(int argc, const char* const* argv) {
  CLI::App app{"Checks what nodes of a cluster prove about themselves, and recovers them.", std::string{program}};
  app.set_version_flag("--version", ASTERISM_VERSION);
  app.footer(exit_code_help());
  const Command verify_evidence = add_verify_evidence(app);
  const Command verify = add_verify(app);
  const Command recover = add_recover(app);
  ASTERISM_TRY(const auto parsed, parse_command_line(app, argc, argv));
  if (parsed == Parsed::done) return {};
  if (app.got_subcommand("verify-evidence")) return verify_evidence();
  if (app.got_subcommand("verify")) return verify();
  if (app.got_subcommand("recover")) return recover();
  return fail(Errc::usage, "no verb given (recover, verify, verify-evidence)");
}

}  // namespace
}  // namespace asterism::cli

int main(int argc, char** argv) {
  using asterism::cli::program;
  using asterism::cli::run;
  return asterism::run_program(program, [&] { return run(argc, argv); });
}
