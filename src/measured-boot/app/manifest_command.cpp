// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <thread>

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "common/fs.hpp"
#include "measured-boot/app/commands.hpp"
#include "measured-boot/manifest_build.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::uint64_t root_hash_file_bytes_max = 256;

struct Arguments {
  std::string directory;
  std::string name = "asterism";
  std::string version;
  std::string revision;
  bool locked = false;
  bool unlocked = false;
  std::vector<std::string> inputs;
  std::vector<std::string> artefacts;
  std::string image;
  std::string uki;
  std::string root_hash;
  std::string variables;
  std::vector<std::string> firmware;
  std::string output;
};

Result<std::vector<std::pair<std::string, std::string>>> split_inputs(const std::vector<std::string>& inputs) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& input : inputs) {
    const auto equals = input.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return fail(Errc::usage, "--input={}: expected name=path", printable(input));
    }
    pairs.emplace_back(input.substr(0, equals), input.substr(equals + 1));
  }
  return pairs;
}

/// The root hash as given, or from <name>_<version>.roothash.
Result<std::string> root_hash_of(const Arguments& arguments, const std::string& stem) {
  if (!arguments.root_hash.empty()) return arguments.root_hash;
  ASTERISM_TRY(auto text,
               read_text_file(std::format("{}/{}.roothash", arguments.directory, stem), root_hash_file_bytes_max));
  text.erase(text.find_last_not_of(" \n") + 1);
  return text;
}

Result<> manifest_command(const Arguments& arguments) {
  if (arguments.locked == arguments.unlocked) return fail(Errc::usage, "give --locked or --unlocked");
  const std::string stem = std::format("{}_{}", arguments.name, arguments.version);
  ManifestRequest request{.name = arguments.name,
                          .version = arguments.version,
                          .revision = arguments.revision,
                          .locked = arguments.locked,
                          .directory = arguments.directory,
                          .artefacts = arguments.artefacts,
                          .image = arguments.image.empty() ? stem + ".raw" : arguments.image,
                          .uki = arguments.uki.empty() ? stem + ".efi" : arguments.uki};
  ASTERISM_TRY(request.root_hash, root_hash_of(arguments, stem));
  ASTERISM_TRY(request.inputs, split_inputs(arguments.inputs));
  request.prediction.threads = std::max(std::thread::hardware_concurrency(), 1U);
  if (!arguments.variables.empty()) {
    ASTERISM_TRY(request.prediction.variables, load_secure_boot_variables(arguments.variables));
  }
  for (const std::string& text : arguments.firmware) {
    ASTERISM_TRY(auto firmware, parse_launch_firmware(text));
    request.firmware.push_back(std::move(firmware));
  }
  ASTERISM_TRY(const auto made, build_manifest(request));
  const std::string text = to_json(made).to_text();
  ASTERISM_CHECK(manifest::parse_manifest(text), "the manifest just made");  // whoever reads it is as strict as this
  if (arguments.output.empty() || arguments.output == "-") return print_out(text);
  return write_file_atomically(arguments.output, as_bytes(text));
}

Result<> check_command(const std::string& path) {
  ASTERISM_TRY(const auto text, read_text_file(path, manifest::manifest_bytes_max));
  ASTERISM_TRY(const auto read, manifest::parse_manifest(text), "'{}'", printable(path));
  return print_out(std::format("{} {}: {} artefacts, {} platforms, {}, {}\n", read.name, read.version,
                               read.artefacts.size(), read.measurements.size(), read.locked ? "locked" : "not locked",
                               read.release ? to_string(read.release->state) : "not released"));
}

}  // namespace

Command add_manifest(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& verb = *app.add_subcommand("manifest", "Writes the manifest of a build: artefacts and measurements.");
  verb.add_option("artefacts", arguments->artefacts, "names of the files in the directory that the build made")
      ->required();
  verb.add_option("--directory", arguments->directory, "folder with the artefacts")->required();
  verb.add_option("--version", arguments->version, "version of the image")->required();
  verb.add_option("--revision", arguments->revision, "source revision that was built")->required();
  verb.add_flag("--locked", arguments->locked, "every package was the one in the lock file");
  verb.add_flag("--unlocked", arguments->unlocked, "some were not");
  verb.add_option("--name", arguments->name, "name of the image")->capture_default_str();
  verb.add_option("--image", arguments->image, "artefact that is the raw disk; default <name>_<version>.raw");
  verb.add_option("--uki", arguments->uki, "artefact that is the UKI; default <name>_<version>.efi");
  verb.add_option("--root-hash", arguments->root_hash,
                  "dm-verity root hash; default: read from <name>_<version>.roothash");
  verb.add_option("--input", arguments->inputs, "name=path of a file that determined the build; repeatable")
      ->allow_extra_args(false);
  verb.add_option("--secure-boot-variables", arguments->variables,
                  "folder with PK.esl, KEK.esl, db.esl, dbx.esl, or an OVMF variable store; adds PCR 7");
  verb.add_option("--launch-firmware", arguments->firmware,
                  "<platform>=<OVMF file> that confidential machines are started with; adds launch records; repeatable")
      ->allow_extra_args(false);
  verb.add_option("--output", arguments->output, "file to write; default: standard output");
  return [arguments] { return manifest_command(*arguments); };
}

Command add_check_manifest(CLI::App& app) {
  const auto path = std::make_shared<std::string>();
  CLI::App& verb = *app.add_subcommand("check-manifest", "Reads a manifest and refuses anything out of place.");
  verb.add_option("file", *path, "manifest to check")->required();
  return [path] { return check_command(*path); };
}

}  // namespace asterism::measured_boot
