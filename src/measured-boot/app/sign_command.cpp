// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "common/fs.hpp"
#include "manifest/manifest.hpp"
#include "measured-boot/app/commands.hpp"
#include "measured-boot/app/trust_files.hpp"

namespace asterism::measured_boot {
namespace {

struct ReleaseArguments {
  std::string file;
  std::string state = "candidate";
  std::string floor = "0";
  std::string not_before;
  std::string not_after;
  unsigned days = 365;
  std::uint64_t serial = 1;
  std::string output;
};

struct SignArguments {
  std::string file;
  std::string key;
  std::string output;
  bool blob = false;
};

struct PolicyArguments {
  std::vector<std::string> keys;
  std::size_t threshold = 1;
  std::string output;
};

Result<> release_command(const ReleaseArguments& arguments) {
  ASTERISM_TRY(const auto text, load_manifest_text(arguments.file));
  ASTERISM_TRY(auto released, manifest::parse_manifest(text), "'{}'", printable(arguments.file));
  manifest::Release release{.floor = arguments.floor, .not_before = {}, .not_after = {}, .serial = arguments.serial};
  ASTERISM_TRY(release.state, manifest::parse_lifecycle(arguments.state), "--state");
  ASTERISM_TRY(release.not_before, time_or_now(arguments.not_before), "--not-before");
  ASTERISM_TRY(release.not_after, time_or_days(arguments.not_after, release.not_before, arguments.days), "--not-after");
  released.release = release;
  const std::string made = to_json(released).to_text();
  // Whoever reads it is as strict as this; what is wrong with it now came from the command line.
  const auto checked = manifest::parse_manifest(made);
  if (!checked) return fail(Errc::usage, "{}", checked.error().message());
  return write_output(arguments.output, made);
}

Result<> sign_command(const SignArguments& arguments) {
  ASTERISM_TRY(const auto text, load_manifest_text(arguments.file));
  if (!arguments.blob) {
    ASTERISM_TRY(const auto parsed, manifest::parse_manifest(text), "'{}'", printable(arguments.file));
    if (!parsed.release) {
      return fail(Errc::usage, "'{}' is not released: run measured-boot release first, or give --blob",
                  printable(arguments.file));
    }
  }
  ASTERISM_TRY(const auto key, crypto::PrivateKey::load(arguments.key));
  ASTERISM_TRY(const auto signature, key.sign(as_bytes(text)));
  return write_output(arguments.output.empty() ? arguments.file + ".sig" : arguments.output,
                      manifest::signature_file_text(signature));
}

Result<> policy_command(const PolicyArguments& arguments) {
  constexpr std::uint64_t key_file_bytes_max = 16384;
  std::vector<manifest::TrustedKey> keys;
  for (const std::string& word : arguments.keys) {
    const auto equals = word.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return fail(Errc::usage, "'{}': expected name=public-key-file", printable(word));
    }
    const std::string path = word.substr(equals + 1);
    ASTERISM_TRY(const auto pem, read_text_file(path, key_file_bytes_max));
    ASTERISM_TRY(auto key, crypto::PublicKey::from_pem(pem), "'{}'", printable(path));
    keys.push_back({.name = word.substr(0, equals), .key = std::move(key)});
  }
  ASTERISM_TRY(const auto policy, manifest::TrustPolicy::make(arguments.threshold, std::move(keys)));
  return write_output(arguments.output, policy.to_json().to_text());
}

Result<> public_key_command(const std::string& source) {
  ASTERISM_TRY(const auto key, crypto::PrivateKey::load(source));
  return print_out(key.public_key().to_pem());
}

}  // namespace

Command add_release(CLI::App& app) {
  const auto arguments = std::make_shared<ReleaseArguments>();
  CLI::App& verb = *app.add_subcommand("release", "Adds to a build's manifest what its publisher says about it.");
  verb.add_option("file", arguments->file, "manifest of a build, or a released one")->required();
  verb.add_option("--state", arguments->state, "candidate, stable, deprecated or revoked")->capture_default_str();
  verb.add_option("--floor", arguments->floor, "lowest version that may still run and join")->capture_default_str();
  verb.add_option("--not-before", arguments->not_before, "start, such as 2027-01-31T00:00:00Z; default: now");
  verb.add_option("--not-after", arguments->not_after, "end; default: --days after the start");
  verb.add_option("--days", arguments->days, "how long it holds")->capture_default_str();
  verb.add_option("--serial", arguments->serial, "number among the statements about this version; higher is newer")
      ->capture_default_str();
  verb.add_option("--output", arguments->output, "file to write; default: standard output");
  return [arguments] { return release_command(*arguments); };
}

Command add_sign(CLI::App& app) {
  const auto arguments = std::make_shared<SignArguments>();
  CLI::App& verb = *app.add_subcommand("sign", "Signs a released manifest; cosign verify-blob accepts the signature.");
  verb.add_option("file", arguments->file, "manifest to sign")->required();
  verb.add_option(
          "--key", arguments->key,
          "private key: PEM file (passphrase in ASTERISM_KEY_PASSPHRASE) or pkcs11: URI (PIN in the file that its "
          "pin-source names, library in PKCS11_MODULE)")
      ->required();
  verb.add_option("--output", arguments->output, "file to write; default: <file>.sig");
  verb.add_flag("--blob", arguments->blob, "sign any file, whatever is in it");
  return [arguments] { return sign_command(*arguments); };
}

Command add_trust_policy(CLI::App& app) {
  const auto arguments = std::make_shared<PolicyArguments>();
  CLI::App& verb = *app.add_subcommand("trust-policy", "Writes a trust policy: keys, and how many of them must sign.");
  verb.add_option("keys", arguments->keys, "name=public-key-file (PEM)")->required();
  verb.add_option("--threshold", arguments->threshold, "how many must sign")->capture_default_str();
  verb.add_option("--output", arguments->output, "file to write; default: standard output");
  return [arguments] { return policy_command(*arguments); };
}

Command add_public_key(CLI::App& app) {
  const auto source = std::make_shared<std::string>();
  CLI::App& verb = *app.add_subcommand("public-key", "Prints the public part of a signing key as PEM.");
  verb.add_option("key", *source, "as --key of sign")->required();
  return [source] { return public_key_command(*source); };
}

}  // namespace asterism::measured_boot
