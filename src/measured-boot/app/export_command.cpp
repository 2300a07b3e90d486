// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "manifest/export.hpp"
#include "measured-boot/app/commands.hpp"
#include "measured-boot/app/trust_files.hpp"

namespace asterism::measured_boot {
namespace {

struct Arguments {
  std::string file;
  std::string format;
  std::string secure_boot = "on";
  std::string phase = "ready";
  std::string ref = "-";
  std::string stream = "stable";
  std::string output;
};

/// The one of `known` that has that name.
template <class Range>
auto named(const Range& known, const std::string& word, std::string_view option)
    -> Result<std::ranges::range_value_t<Range>> {
  const auto found = std::ranges::find(known, word, [](auto value) { return to_string(value); });
  if (found == std::ranges::end(known))
    return fail(Errc::usage, "{}={}: there is none of that name", option, printable(word));
  return *found;
}

Result<std::string> rendered(const manifest::Manifest& read, const Arguments& arguments,
                             const manifest::ExportChoice& choice) {
  if (arguments.format == "measurements-v2") {
    ASTERISM_TRY(const auto json, manifest::export_measurements_v2(read, choice));
    return json.to_text();
  }
  if (arguments.format == "pcrlock") {
    ASTERISM_TRY(const auto json, manifest::export_pcrlock(read));
    return json.to_text();
  }
  if (arguments.format == "corim") {
    ASTERISM_TRY(const auto bytes, manifest::export_corim(read, choice));
    return std::string{as_text(bytes)};
  }
  return fail(Errc::usage, "--format={}: expected measurements-v2, corim or pcrlock", printable(arguments.format));
}

Result<> export_command(const Arguments& arguments) {
  constexpr std::array states{manifest::SecureBoot::on, manifest::SecureBoot::off, manifest::SecureBoot::absent};
  manifest::ExportChoice choice{.ref = arguments.ref, .stream = arguments.stream};
  ASTERISM_TRY(choice.secure_boot, named(states, arguments.secure_boot, "--secure-boot"));
  ASTERISM_TRY(choice.stage, named(manifest::kernel_boot_stages, arguments.phase, "--phase"));
  ASTERISM_TRY(const auto text, load_manifest_text(arguments.file));
  ASTERISM_TRY(const auto read, manifest::parse_manifest(text), "'{}'", printable(arguments.file));
  ASTERISM_TRY(const auto out, rendered(read, arguments, choice));
  return write_output(arguments.output, out);
}

}  // namespace

Command add_export(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& verb = *app.add_subcommand("export", "Writes the values of a manifest in formats of other verifiers.");
  verb.add_option("file", arguments->file, "manifest; verify it first")->required();
  verb.add_option("--format", arguments->format, "measurements-v2, corim (CBOR) or pcrlock")->required();
  verb.add_option("--secure-boot", arguments->secure_boot, "on, off or absent")->capture_default_str();
  verb.add_option("--phase", arguments->phase,
                  "moment that PCR 11 is taken at: stub, enter-initrd, leave-initrd, sysinit, ready")
      ->capture_default_str();
  verb.add_option("--ref", arguments->ref, "field of measurements-v2")->capture_default_str();
  verb.add_option("--stream", arguments->stream, "field of measurements-v2")->capture_default_str();
  verb.add_option("--output", arguments->output, "file to write; default: standard output");
  return [arguments] { return export_command(*arguments); };
}

}  // namespace asterism::measured_boot
