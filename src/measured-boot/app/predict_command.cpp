// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <filesystem>
#include <memory>
#include <thread>

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "common/mapped_file.hpp"
#include "measured-boot/app/commands.hpp"
#include "measured-boot/launch/firmware_pcrs.hpp"
#include "measured-boot/platform_rules.hpp"
#include "measured-boot/prediction.hpp"
#include "measured-boot/report.hpp"

namespace asterism::measured_boot {
namespace {

struct Arguments {
  std::string image;
  std::string uki;
  std::string boot_loader;
  std::string variables;
  std::string secure_boot = "both";
  std::string profile = "0";
  std::string platform;
  std::string firmware;
  std::string format = "table";
  bool json = false;
  bool events = false;
};

Result<std::vector<SecureBoot>> parse_states(const std::string& text) {
  if (text == "both") return std::vector{SecureBoot::on, SecureBoot::off};
  for (const SecureBoot state : {SecureBoot::on, SecureBoot::off, SecureBoot::absent}) {
    if (to_string(state) == text) return std::vector{state};
  }
  return fail(Errc::usage, "--secure-boot={}: expected on, off, absent or both", printable(text));
}

Result<std::optional<unsigned>> parse_profile(const std::string& text) {
  if (text == "all") return std::optional<unsigned>{};
  unsigned number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) {
    return fail(Errc::usage, "--profile={}: expected a number or all", printable(text));
  }
  return std::optional{number};
}

std::string base_name(const std::string& path) {
  return std::filesystem::path{path}.filename().string();
}

/// The boot chain of a disk image, or of a UKI file with or without a boot loader file.
Result<BootFiles> collect_files(const Arguments& arguments, const MappedFile& image,
                                const std::optional<MappedFile>& loader) {
  const ByteView bytes{image.bytes()};
  if (!looks_like_pe(bytes)) {
    if (loader) return fail(Errc::usage, "--boot-loader is for UKI files; a disk image brings its own");
    std::optional<std::string> wanted;
    if (!arguments.uki.empty()) wanted = arguments.uki;
    return find_boot_files(bytes, wanted);
  }
  if (!arguments.uki.empty()) return fail(Errc::usage, "--uki chooses inside a disk image, and this is a UKI file");
  BootFiles files{.boot_loader = std::nullopt,
                  .uki = {.path = base_name(arguments.image), .content = efi::FatFile{bytes}}};
  if (loader) {
    files.boot_loader =
        BootFile{.path = base_name(arguments.boot_loader), .content = efi::FatFile{ByteView{loader->bytes()}}};
  }
  return files;
}

/// What was asked for beside the image's own PCRs.
struct Extras {
  std::optional<PlatformRules> platform;
  std::vector<FirmwarePcr> firmware;
};

Result<Extras> load_extras(const Arguments& arguments) {
  Extras extras;
  if (!arguments.platform.empty()) {
    ASTERISM_TRY(extras.platform, find_platform(arguments.platform));
  }
  if (!arguments.firmware.empty()) {
    ASTERISM_TRY(const auto file, MappedFile::open(arguments.firmware));
    ASTERISM_TRY(const auto ovmf, firmware::Ovmf::parse(ByteView{file.bytes()}), "'{}'", printable(arguments.firmware));
    ASTERISM_TRY(extras.firmware, firmware_pcrs(ovmf), "'{}'", printable(arguments.firmware));
  }
  return extras;
}

/// The PCRs that have a value in this run.
std::vector<PcrIndex> predicted_pcrs(const Measurements& measurements, const Extras& extras) {
  std::vector<PcrIndex> pcrs;
  if (!measurements.predictions.empty()) pcrs = measurements.predictions.front().pcrs;
  for (const FirmwarePcr& pcr : extras.firmware) {
    if (pcr.value) pcrs.push_back(pcr.pcr);
  }
  return pcrs;
}

Result<std::string> render_json(const Arguments& arguments, const Measurements& measurements, const Extras& extras) {
  ASTERISM_TRY(auto json, report_json(measurements, arguments.events));
  auto* object = json.get_if<Json::Object>();
  if (!object) return fail(Errc::internal, "the report is no JSON object");
  if (extras.platform) {
    (*object)["platform"] = platform_json(*extras.platform, predicted_pcrs(measurements, extras));
  }
  if (!extras.firmware.empty()) (*object)["firmware"] = firmware_pcrs_json(extras.firmware);
  return json.to_text();
}

Result<std::string> render(const Arguments& arguments, const Measurements& measurements, const Extras& extras) {
  if (arguments.json || arguments.format == "json") return render_json(arguments, measurements, extras);
  if (arguments.format == "pcrlock") {
    if (measurements.predictions.size() != 1) {
      return fail(Errc::usage,
                  "--format=pcrlock describes one boot, and there are {}: give --secure-boot=on or off, and "
                  "one --profile",
                  measurements.predictions.size());
    }
    return report_pcrlock(measurements.predictions.front()).to_text();
  }
  if (arguments.format == "table") {
    ASTERISM_TRY(auto text, report_table(measurements, arguments.events));
    if (!extras.firmware.empty()) text += firmware_pcrs_table(extras.firmware);
    if (extras.platform) text += platform_table(*extras.platform, predicted_pcrs(measurements, extras));
    return text;
  }
  return fail(Errc::usage, "--format={}: expected table, json or pcrlock", printable(arguments.format));
}

Result<> predict_command(const Arguments& arguments) {
  PredictOptions options;
  ASTERISM_TRY(options.states, parse_states(arguments.secure_boot));
  ASTERISM_TRY(options.profile, parse_profile(arguments.profile));
  options.threads = std::thread::hardware_concurrency();
  if (!arguments.variables.empty()) {
    ASTERISM_TRY(options.variables, load_secure_boot_variables(arguments.variables));
  }
  ASTERISM_TRY(const auto extras, load_extras(arguments));
  ASTERISM_TRY(const auto image, MappedFile::open(arguments.image));
  options.done_with = [&image](Bytes stretch) { image.drop(stretch); };
  std::optional<MappedFile> loader;
  if (!arguments.boot_loader.empty()) {
    ASTERISM_TRY(loader, MappedFile::open(arguments.boot_loader));
  }
  ASTERISM_TRY(const auto files, collect_files(arguments, image, loader), "'{}'", printable(arguments.image));
  ASTERISM_TRY(const auto measurements, predict(files, options));
  ASTERISM_TRY(const auto text, render(arguments, measurements, extras));
  return print_out(text);
}

}  // namespace

Command add_predict(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& verb = *app.add_subcommand("predict", "The PCR values of a boot of a disk image or UKI.");
  verb.add_option("image", arguments->image, "raw disk image with GPT and ESP, or a UKI (.efi)")->required();
  verb.add_option("--uki", arguments->uki, "UKI below EFI/Linux to boot; default: the one systemd-boot starts");
  verb.add_option("--boot-loader", arguments->boot_loader,
                  "boot loader that starts the UKI file; default: the firmware starts it");
  verb.add_option(
      "--secure-boot-variables", arguments->variables,
      "folder with PK.esl, KEK.esl, db.esl, dbx.esl (absent: empty), or an OVMF variable store; adds PCR 7");
  verb.add_option("--secure-boot", arguments->secure_boot, "on, off, both, or absent (firmware without Secure Boot)")
      ->capture_default_str();
  verb.add_option("--profile", arguments->profile, "number of the UKI profile, or all")->capture_default_str();
  verb.add_option("--platform", arguments->platform,
                  "aws, azure, gcp, openstack or qemu: says what each PCR is worth there, and why");
  verb.add_option("--firmware", arguments->firmware, "firmware file (OVMF): adds what it tells of PCR 0 to 3");
  verb.add_option("--format", arguments->format, "table, json or pcrlock")->capture_default_str();
  verb.add_flag("--json", arguments->json, "short for --format=json");
  verb.add_flag("--events", arguments->events, "also list every measurement, in order");
  verb.footer(
      "PCR 12 and 13 hold for a boot without add-ons, credentials or extensions; PCR 15 for an image that\n"
      "masks systemd-pcrmachine and systemd-pcrfs.");
  return [arguments] { return predict_command(*arguments); };
}

}  // namespace asterism::measured_boot
