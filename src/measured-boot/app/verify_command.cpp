// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "common/fs.hpp"
#include "manifest/verify.hpp"
#include "measured-boot/app/commands.hpp"
#include "measured-boot/app/trust_files.hpp"
#include "measured-boot/artefact_check.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::uint64_t index_file_bytes_max = std::uint64_t{8} << 20;

struct ManifestArguments {
  std::string file;
  std::string policy;
  std::string key;
  std::vector<std::string> signatures;
  std::string at;
  std::string floor;
  std::uint64_t serial_min = 0;
  bool allow_candidate = false;
  std::string directory;
};

struct IndexArguments {
  std::string file;
  std::string policy;
  std::string key;
  std::string at;
  std::uint64_t sequence_min = 0;
  bool json = false;
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text;
}

Result<> verify_manifest_command(const ManifestArguments& arguments) {
  ASTERISM_TRY(const auto policy, load_policy(arguments.policy, arguments.key));
  ASTERISM_TRY(const auto text, load_manifest_text(arguments.file));
  ASTERISM_TRY(const auto signatures, load_signatures(arguments.file, arguments.signatures));
  manifest::ManifestDemands demands{
      .now = {}, .serial_min = arguments.serial_min, .allow_candidate = arguments.allow_candidate};
  ASTERISM_TRY(demands.now, time_or_now(arguments.at), "--at");
  if (!arguments.floor.empty()) demands.floor = arguments.floor;
  ASTERISM_TRY(const auto verified, manifest::verify(text, signatures, policy, demands), "'{}'",
               printable(arguments.file));
  std::string files = "artefacts not checked";
  if (!arguments.directory.empty()) {
    ASTERISM_CHECK(check_artefacts(verified, arguments.directory));
    files = std::format("{} artefacts match", verified->artefacts.size());
  }
  const manifest::Release& release = *verified->release;  // verify() accepts none without
  return print_out(std::format("{} {}: {}, floor {}, until {}; signed by {}; {}\n", verified->name, verified->version,
                               to_string(release.state), release.floor, format_timestamp(release.not_after),
                               joined(verified.signers()), files));
}

Result<> verify_index_command(const IndexArguments& arguments) {
  ASTERISM_TRY(const auto policy, load_policy(arguments.policy, arguments.key));
  ASTERISM_TRY(const auto text, read_text_file(arguments.file, index_file_bytes_max));
  manifest::IndexDemands demands{.now = {}, .sequence_min = arguments.sequence_min};
  ASTERISM_TRY(demands.now, time_or_now(arguments.at), "--at");
  ASTERISM_TRY(const auto verified, manifest::verify_index(text, policy, demands), "'{}'", printable(arguments.file));
  if (arguments.json) return print_out(to_json(*verified).to_text());
  std::string out =
      std::format("{}: sequence {}, {} versions, until {}; signed by {}\n", verified->name, verified->sequence,
                  verified->versions.size(), format_timestamp(verified->not_after), joined(verified.signers()));
  for (const auto& [channel, version] : verified->channels)
    out += std::format("  {}: {}\n", channel, version);
  return print_out(out);
}

}  // namespace

Command add_verify_manifest(CLI::App& app) {
  const auto arguments = std::make_shared<ManifestArguments>();
  CLI::App& verb = *app.add_subcommand("verify-manifest", "Verifies a released manifest, and files against it.");
  verb.add_option("file", arguments->file, "manifest")->required();
  verb.add_option("--policy", arguments->policy, "trust policy: keys, and how many of them must have signed");
  verb.add_option("--key", arguments->key, "instead: the one public key (PEM) that must have signed");
  verb.add_option("--signature", arguments->signatures,
                  "signature file, as cosign writes it; repeatable; default: <file>.sig and <file>.*.sig")
      ->allow_extra_args(false);
  verb.add_option("--at", arguments->at, "time to verify for, such as 2027-01-31T00:00:00Z; default: now");
  verb.add_option("--floor", arguments->floor, "lowest version to accept");
  verb.add_option("--serial-min", arguments->serial_min, "highest serial seen before for this version");
  verb.add_flag("--allow-candidate", arguments->allow_candidate, "accept a version in state candidate");
  verb.add_option("--directory", arguments->directory, "folder that must hold all artefacts as the manifest has them");
  return [arguments] { return verify_manifest_command(*arguments); };
}

Command add_verify_index(CLI::App& app) {
  const auto arguments = std::make_shared<IndexArguments>();
  CLI::App& verb = *app.add_subcommand("verify-index", "Verifies the index of a place of publication, or a channel.");
  verb.add_option("file", arguments->file, "index.json or channels/<name>.json")->required();
  verb.add_option("--policy", arguments->policy, "trust policy: keys, and how many of them must have signed");
  verb.add_option("--key", arguments->key, "instead: the one public key (PEM) that must have signed");
  verb.add_option("--at", arguments->at, "time to verify for; default: now");
  verb.add_option("--sequence-min", arguments->sequence_min, "highest sequence seen before");
  verb.add_flag("--json", arguments->json, "print the index without its envelope");
  return [arguments] { return verify_index_command(*arguments); };
}

}  // namespace asterism::measured_boot
