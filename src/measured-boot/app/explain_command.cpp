// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <memory>
#include <thread>

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "common/fs.hpp"
#include "common/mapped_file.hpp"
#include "event-log/replay.hpp"
#include "measured-boot/app/commands.hpp"
#include "measured-boot/explain/explanation.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::uint64_t values_bytes_max = 1U << 20;
constexpr std::string_view debug_word = "asterism.profile=debug";

struct Arguments {
  LogPaths logs;
  LogPaths reference;
  std::string manifest;
  std::string image;
  std::string uki;
  std::string values;
  std::string variables;
  std::vector<std::string> known;
  std::string secure_boot = "on";
  std::string stage = "ready";
  std::string platform;
  std::string bank;
  unsigned profile = 0;
  bool json = false;
};

Result<SecureBoot> parse_state(const std::string& text) {
  for (const SecureBoot state : {SecureBoot::on, SecureBoot::off, SecureBoot::absent}) {
    if (to_string(state) == text) return state;
  }
  return fail(Errc::usage, "--secure-boot={}: expected on, off or absent", printable(text));
}

Result<Stage> parse_stage(const std::string& text) {
  for (const Stage stage : {Stage::kernel, Stage::enter_initrd, Stage::leave_initrd, Stage::sysinit, Stage::ready}) {
    if (to_string(stage) == text) return stage;
  }
  return fail(Errc::usage, "--stage={}: expected kernel, enter-initrd, leave-initrd, sysinit or ready",
              printable(text));
}

/// The bank that was asked for, else the strongest that the log has.
Result<HashAlgorithm> choose_bank(const Arguments& arguments, const event_log::EventLog& log) {
  const auto banks = event_log::computable_banks(log);
  if (banks.empty()) return fail(Errc::unsupported, "the log has neither SHA-256 nor SHA-384 digests");
  if (arguments.bank.empty()) return banks.front();
  ASTERISM_TRY(const auto bank, parse_hash_algorithm(arguments.bank), "--bank");
  if (!std::ranges::contains(banks, bank)) return fail(Errc::not_found, "the log has no {} digests", arguments.bank);
  return bank;
}

Result<manifest::Manifest> load_manifest(const std::string& path) {
  ASTERISM_TRY(const auto text, read_text_file(path, manifest::manifest_bytes_max));
  ASTERISM_TRY(auto result, manifest::parse_manifest(text), "'{}'", printable(path));
  return result;
}

Result<explain::Expectation> expect_from_image(const Arguments& arguments, const explain::ExpectationOptions& options,
                                               const std::optional<SecureBootVariables>& variables) {
  ASTERISM_TRY(const auto file, MappedFile::open(arguments.image));
  const ByteView bytes{file.bytes()};
  PredictOptions prediction{.states = {options.secure_boot},
                            .variables = variables,
                            .profile = arguments.profile,
                            .threads = std::thread::hardware_concurrency()};
  if (looks_like_pe(bytes)) {
    const BootFiles files{.boot_loader = std::nullopt,
                          .uki = {.path = arguments.image, .content = efi::FatFile{bytes}}};
    ASTERISM_TRY(const auto measurements, predict(files, prediction), "'{}'", printable(arguments.image));
    return explain::expect_image(measurements, options);
  }
  std::optional<std::string> wanted;
  if (!arguments.uki.empty()) wanted = arguments.uki;
  ASTERISM_TRY(const auto files, find_boot_files(bytes, wanted), "'{}'", printable(arguments.image));
  ASTERISM_TRY(const auto measurements, predict(files, prediction), "'{}'", printable(arguments.image));
  return explain::expect_image(measurements, options);
}

Result<explain::Expectation> expectation_of(const Arguments& arguments, const explain::ExpectationOptions& options) {
  if (arguments.manifest.empty() == arguments.image.empty()) return fail(Errc::usage, "give --manifest or --image");
  if (!arguments.manifest.empty() && arguments.profile != 0) {
    return fail(Errc::usage, "--profile goes with --image: a manifest describes the first profile");
  }
  std::optional<SecureBootVariables> variables;
  if (!arguments.variables.empty()) {
    ASTERISM_TRY(variables, load_secure_boot_variables(arguments.variables));
  }
  if (!arguments.image.empty()) return expect_from_image(arguments, options, variables);
  ASTERISM_TRY(const auto read, load_manifest(arguments.manifest));
  return explain::expect_manifest(read, variables, options);
}

Result<std::vector<explain::KnownImage>> load_known(const Arguments& arguments, HashAlgorithm bank) {
  std::vector<explain::KnownImage> known;
  for (const std::string& path : arguments.known) {
    ASTERISM_TRY(const auto read, load_manifest(path));
    known.push_back({.name = printable(std::format("{} {}", read.name, read.version)),
                     .debug = read.command_line.contains(debug_word),
                     .uki = read.uki.authenticode.of(bank),
                     .boot_loader = std::nullopt});
  }
  return known;
}

std::string differing_registers(const explain::Explanation& explanation, event_log::RegisterSet set) {
  std::string names;
  for (const auto& report : explanation.registers) {
    if (report.difference) names += (names.empty() ? "" : ", ") + event_log::register_name(set, report.number);
  }
  return names;
}

Result<> explain_command(const Arguments& arguments) {
  ASTERISM_TRY(const auto logs, load_logs(arguments.logs));
  explain::ExpectationOptions options;
  options.registers = logs.log.registers;
  ASTERISM_TRY(options.bank, choose_bank(arguments, logs.log), "'{}'", printable(arguments.logs.log));
  ASTERISM_TRY(options.secure_boot, parse_state(arguments.secure_boot));
  ASTERISM_TRY(options.stage, parse_stage(arguments.stage));
  options.userspace = !arguments.logs.userspace.empty();
  options.platform = arguments.platform;
  ASTERISM_TRY(auto expectation, expectation_of(arguments, options));
  std::optional<BootLogs> reference;
  if (!arguments.reference.log.empty()) {
    ASTERISM_TRY(reference, load_logs(arguments.reference), "--reference");
    ASTERISM_CHECK(add_reference(expectation, *reference), "--reference");
  }
  explain::ActualValues actual;
  if (!arguments.values.empty()) {
    ASTERISM_TRY(const auto text, read_text_file(arguments.values, values_bytes_max));
    ASTERISM_TRY(actual, explain::parse_actual_values(text, options.registers, options.bank), "'{}'",
                 printable(arguments.values));
  }
  ASTERISM_TRY(auto events, explain::observe(logs, options.bank));
  ASTERISM_TRY(auto known, load_known(arguments, options.bank));
  ASTERISM_TRY(const auto boot, explain::view_boot(expectation, std::move(events), std::move(known)));
  ASTERISM_TRY(const auto result, explain::explain(boot, logs.log, logs.userspace, actual));
  ASTERISM_CHECK(print_out(arguments.json ? explanation_json(result, expectation).to_text()
                                          : explanation_text(result, expectation)));
  if (result.agrees()) return {};
  return std::unexpected{
      Error{Errc::unverified, std::format("not as expected: {}", differing_registers(result, options.registers))}
          .advise("see above for causes")};
}

}  // namespace

Command add_explain(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& verb = *app.add_subcommand("explain", "Says where a boot differs from what was predicted, and why.");
  verb.add_option("--log", arguments->logs.log, "log of the firmware, as for replay")->required();
  verb.add_option("--userspace", arguments->logs.userspace, "tpm2-measure.log of systemd; without it no phases");
  verb.add_option("--ccel-table", arguments->logs.ccel_table, "ACPI table CCEL that belongs to the log");
  verb.add_option("--manifest", arguments->manifest, "manifest of the image that should have booted");
  verb.add_option("--image", arguments->image, "the image itself: raw disk, or UKI that the firmware starts");
  verb.add_option("--uki", arguments->uki, "UKI below EFI/Linux of the disk; default: the one systemd-boot starts");
  verb.add_option("--profile", arguments->profile, "number of the UKI profile")->capture_default_str();
  verb.add_option("--pcrs", arguments->values,
                  "values that the registers really had: JSON {\"sha256\": {\"4\": hex, ...}, ...}");
  verb.add_option("--secure-boot", arguments->secure_boot, "expected: on, off or absent")->capture_default_str();
  verb.add_option("--secure-boot-variables", arguments->variables,
                  "expected: folder with PK.esl, KEK.esl, db.esl, dbx.esl, or an OVMF variable store");
  verb.add_option("--stage", arguments->stage, "expected: kernel, enter-initrd, leave-initrd, sysinit or ready")
      ->capture_default_str();
  verb.add_option("--platform", arguments->platform,
                  "whose values of the manifest count; qemu also expects PCR 2, 3, 6");
  verb.add_option("--reference", arguments->reference.log,
                  "log of a good boot on the same platform, for what nothing predicts");
  verb.add_option("--known", arguments->known, "manifest of another image to recognise; repeatable")
      ->allow_extra_args(false);
  verb.add_option("--bank", arguments->bank, "sha256 or sha384; default: the strongest that the log has");
  verb.add_flag("--json", arguments->json, "JSON instead of text");
  verb.footer("Ends with 6 where something differs. A log proves nothing unless --pcrs comes from a verified quote.");
  return [arguments] { return explain_command(*arguments); };
}

}  // namespace asterism::measured_boot
