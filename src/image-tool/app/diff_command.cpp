// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "image-tool/app/commands.hpp"
#include "image-tool/diff/result_folders.hpp"

namespace asterism::image_tool {
namespace {

struct DiffOptions {
  std::string a;
  std::string b;
  std::string scratch = "/var/tmp";
};

Result<> print_differences(const DiffOptions& options) {
  Findings findings;
  ASTERISM_TRY(const FolderComparison comparison, compare_folders(options.a, options.b, options.scratch, findings));
  for (const std::string& line : findings.lines())
    ASTERISM_CHECK(print_out(line + "\n"));
  if (comparison.differing == 0) return print_out(std::format("{} files, all equal\n", comparison.files));
  return std::unexpected{
      Error{Errc::unverified, std::format("{} of {} files differ", comparison.differing, comparison.files)}.advise(
          "the lines above name what differs first")};
}

}  // namespace

void add_diff_command(CLI::App& app, Command& command) {
  auto options = std::make_shared<DiffOptions>();
  auto* diff = app.add_subcommand("diff", "Compare two folders of build results bit for bit, and inside");
  diff->add_option("first", options->a, "A folder")->required();
  diff->add_option("second", options->b, "Another folder")->required();
  diff->add_option("--scratch", options->scratch, "An existing folder to unpack into")->capture_default_str();
  diff->callback([&command, options] { command = [options] { return print_differences(*options); }; });
}

}  // namespace asterism::image_tool
