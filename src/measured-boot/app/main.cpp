// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "measured-boot/app/commands.hpp"
#include "measured-boot/app/launch_commands.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::string_view program = "measured-boot";

Result<> run(int argc, const char* const* argv) {
  CLI::App app{"Computes before a boot what the boot will measure; writes, signs and verifies manifests.",
               std::string{program}};
  app.set_version_flag("--version", ASTERISM_VERSION);
  app.footer(exit_code_help());
  const std::vector<std::pair<std::string, Command>> commands{
      {"predict", add_predict(app)},
      {"snp", add_snp(app)},
      {"sev", add_sev(app)},
      {"sev-es", add_sev_es(app)},
      {"tdx", add_tdx(app)},
      {"id-block", add_id_block(app)},
      {"replay", add_replay(app)},
      {"explain", add_explain(app)},
      {"manifest", add_manifest(app)},
      {"check-manifest", add_check_manifest(app)},
      {"release", add_release(app)},
      {"sign", add_sign(app)},
      {"sign-policy", add_sign_policy(app)},
      {"public-key", add_public_key(app)},
      {"trust-policy", add_trust_policy(app)},
      {"verify-manifest", add_verify_manifest(app)},
      {"export", add_export(app)},
      {"provenance", add_provenance(app)},
      {"index", add_index(app)},
      {"verify-index", add_verify_index(app)},
  };
  ASTERISM_TRY(const auto parsed, parse_command_line(app, argc, argv));
  if (parsed == Parsed::done) return {};
  for (const auto& [name, command] : commands) {
    if (app.got_subcommand(name)) return command();
  }
  return fail(Errc::usage, "no verb given; measured-boot --help lists them");
}

}  // namespace
}  // namespace asterism::measured_boot

int main(int argc, char** argv) {
  using asterism::measured_boot::program;
  using asterism::measured_boot::run;
  return asterism::run_program(program, [&] { return run(argc, argv); });
}
