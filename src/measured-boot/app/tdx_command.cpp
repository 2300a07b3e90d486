// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <thread>

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "common/mapped_file.hpp"
#include "firmware/ovmf.hpp"
#include "measured-boot/app/launch_commands.hpp"
#include "measured-boot/launch/gpt_event.hpp"
#include "measured-boot/launch/tdx_report.hpp"

namespace asterism::measured_boot {
namespace {

struct Arguments {
  std::string firmware;
  std::string image;
  std::string variables;
  std::string secure_boot = "off";
  bool json = false;
  bool events = false;
};

Result<SecureBoot> parse_state(const std::string& text) {
  for (const SecureBoot state : {SecureBoot::on, SecureBoot::off, SecureBoot::absent}) {
    if (to_string(state) == text) return state;
  }
  return fail(Errc::usage, "--secure-boot={}: expected on, off or absent", excerpt(text));
}

Bytes configuration_volume(const std::vector<firmware::TdvfSection>& sections) {
  const auto found =
      std::ranges::find(sections, firmware::TdvfSectionType::configuration_volume, &firmware::TdvfSection::type);
  return found == sections.end() ? Bytes{} : found->data.bytes();
}

Result<> add_image(TdxReport& report, const TdxData& data, const Arguments& arguments, Bytes cfv) {
  ASTERISM_TRY(const auto image, MappedFile::open(arguments.image));
  const ByteView bytes{image.bytes()};
  BootFiles files{.boot_loader = std::nullopt, .uki = {.path = arguments.image, .content = efi::FatFile{bytes}}};
  std::vector<std::byte> gpt;
  if (looks_like_pe(bytes)) {
    report.notes.emplace_back("RTMR 1 is missing: it holds the partition table, and a UKI file has none");
  } else {
    ASTERISM_TRY(files, find_boot_files(bytes, std::nullopt), "'{}'", printable(arguments.image));
    ASTERISM_TRY(gpt, gpt_event_data(bytes), "'{}'", printable(arguments.image));
    report.notes.emplace_back(
        "RTMR 1 holds the partition table of this file; it changes when a partition is added or grown on first boot");
  }
  PredictOptions options;
  ASTERISM_TRY(const auto state, parse_state(arguments.secure_boot));
  options.states = {state};
  options.threads = std::max(std::thread::hardware_concurrency(), 1U);
  ASTERISM_TRY(const auto measurements, predict(files, options));
  ASTERISM_TRY(const auto actors, tdx_actors(files));
  SecureBootVariables variables;
  if (!arguments.variables.empty()) {
    ASTERISM_TRY(variables, load_secure_boot_variables(arguments.variables));
  }
  return add_rtmrs(report, data, measurements, actors, cfv, variables, gpt);
}

Result<> tdx_command(const Arguments& arguments) {
  TdxReport report;
  ASTERISM_TRY(const auto firmware, MappedFile::open(arguments.firmware));
  ASTERISM_TRY(const auto facts, describe_file("firmware", arguments.firmware, firmware.bytes()));
  report.files.push_back(facts);
  ASTERISM_TRY(const auto ovmf, firmware::Ovmf::parse(ByteView{firmware.bytes()}), "'{}'",
               printable(arguments.firmware));
  ASTERISM_TRY(const auto sections, ovmf.tdvf_sections(), "'{}'", printable(arguments.firmware));
  ASTERISM_TRY(const auto data, tdx_data());
  for (const TdxOrderChoice& choice : data.page_orders) {
    ASTERISM_TRY(const auto value, mrtd(sections, choice.order));
    report.mrtd.push_back({.choice = choice, .digest = value});
  }
  if (!arguments.image.empty()) {
    ASTERISM_CHECK(add_image(report, data, arguments, configuration_volume(sections)));
  }
  return print_out(arguments.json ? tdx_json(report).to_text() : tdx_table(report, arguments.events));
}

}  // namespace

Command add_tdx(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& verb = *app.add_subcommand("tdx", "The measurements of a TDX guest.");
  verb.add_option("--firmware", arguments->firmware, "firmware file (OVMF with its variable store)")->required();
  verb.add_option("image", arguments->image, "raw disk image, or a UKI (.efi); adds RTMR 0 to 3");
  verb.add_option("--secure-boot-variables", arguments->variables,
                  "folder with PK.esl, KEK.esl, db.esl, dbx.esl, or an OVMF variable store; default: all absent");
  verb.add_option("--secure-boot", arguments->secure_boot, "on, off, or absent (firmware without Secure Boot)")
      ->capture_default_str();
  verb.add_flag("--json", arguments->json, "JSON on standard output");
  verb.add_flag("--events", arguments->events, "also list every event of RTMR 0 to 2, in order");
  return [arguments] { return tdx_command(*arguments); };
}

}  // namespace asterism::measured_boot
