// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "measured-boot/report.hpp"

namespace asterism::measured_boot {
namespace {

struct Row {
  PcrIndex pcr;
  Stage last;
  std::string_view meaning;
};

constexpr std::array rows{Row{pcr_boot_loader_code, Stage::ready, "boot loader and UKI"},
                          Row{pcr_secure_boot_policy, Stage::ready, "Secure Boot policy"},
                          Row{pcr_kernel_initrd, Stage::ready, "command line and initrd"},
                          Row{pcr_kernel_boot, Stage::stub, "UKI sections"},
                          Row{pcr_kernel_boot, Stage::enter_initrd, "  enter-initrd"},
                          Row{pcr_kernel_boot, Stage::leave_initrd, "  leave-initrd"},
                          Row{pcr_kernel_boot, Stage::sysinit, "  sysinit"},
                          Row{pcr_kernel_boot, Stage::ready, "  ready"},
                          Row{pcr_kernel_config, Stage::ready, "boot configuration"},
                          Row{pcr_sysexts, Stage::ready, "system extensions"},
                          Row{pcr_system_identity, Stage::ready, "system identity"}};

std::string image_lines(std::string_view label, const ImageFacts& image) {
  return std::format("{:<12} {} ({} bytes{}{})\n{:<12} Authenticode sha256 {}\n", label, printable(image.path),
                     image.size_bytes, image.version.empty() ? "" : ", version ", printable(image.version), "",
                     image.authenticode.sha256.hex());
}

Result<std::string> prediction_lines(const Prediction& prediction, bool with_events) {
  std::string text =
      std::format("\nSecure Boot {}, profile {}\n", to_string(prediction.secure_boot), prediction.profile);
  text += std::format("command line: {}\n", printable(prediction.command_line));
  for (const HashAlgorithm bank : hash_algorithms) {
    for (const Row& row : rows) {
      if (!std::ranges::contains(prediction.pcrs, row.pcr)) continue;
      ASTERISM_TRY(const auto value, replay(prediction.events, row.pcr, bank, row.last));
      text += std::format("{}  PCR {:>2}  {:<24} {}\n", to_string(bank), row.pcr, row.meaning, value.hex());
    }
  }
  if (!with_events) return text;
  text += "events, in order\n";
  for (const Event& event : prediction.events) {
    text += std::format("  PCR {:>2}  {:<12} {:<44} {}\n", event.pcr, to_string(event.stage), printable(event.what),
                        event.digests.sha256.hex());
  }
  return text;
}

}  // namespace

Result<std::string> report_table(const Measurements& measurements, bool with_events) {
  std::string text;
  if (measurements.boot_loader) text += image_lines("boot loader", *measurements.boot_loader);
  text += image_lines("UKI", measurements.uki);
  for (const SectionRecord& section : measurements.sections) {
    text += std::format("{:<12} {:<10} {:>11} bytes  {}\n", "", section.name, section.size_bytes,
                        section.measured ? section.digests.sha256.hex() : "not measured into PCR 11");
  }
  for (const Prediction& prediction : measurements.predictions) {
    ASTERISM_TRY(const auto lines, prediction_lines(prediction, with_events));
    text += lines;
  }
  for (const Refusal& refusal : measurements.refusals) {
    text += std::format("\nSecure Boot {}: does not start: {}\n", to_string(refusal.secure_boot),
                        printable(refusal.reason));
  }
  for (const std::string& note : measurements.notes)
    text += std::format("\nNote: {}\n", note);
  return text;
}

}  // namespace asterism::measured_boot
