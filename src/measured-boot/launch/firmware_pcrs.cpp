// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/firmware_pcrs.hpp"

#include <array>

#include "measured-boot/report.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::array<std::byte, 4> separator{};

Result<BankDigests> separator_alone() {
  const Event event{.pcr = 0, .stage = Stage::firmware, .what = "separator", .digests = {}};
  std::vector<Event> events{event};
  ASTERISM_TRY(events[0].digests, hash_banks(separator));
  BankDigests value;
  for (const HashAlgorithm bank : hash_algorithms) {
    ASTERISM_TRY(value.of(bank), replay(events, 0, bank));
  }
  return value;
}

}  // namespace

Result<std::vector<FirmwarePcr>> firmware_pcrs(const firmware::Ovmf& ovmf) {
  if (ovmf.table().entries().empty()) return fail(Errc::unsupported, "the firmware has no table of OVMF");
  ASTERISM_TRY(const auto alone, separator_alone());
  return std::vector<FirmwarePcr>{
      {.pcr = 0,
       .value = std::nullopt,
       .why = "version and volumes of the firmware as they lie in memory; the file holds them compressed (LZMA), and "
              "this program does not unpack them"},
      {.pcr = 1,
       .value = std::nullopt,
       .why = "ACPI tables, boot entries and, since edk2-stable202505, SMBIOS tables: all depend on the machine"},
      {.pcr = 2, .value = alone, .why = "if no device has an option ROM"},
      {.pcr = 3, .value = alone, .why = "always in OVMF"}};
}

std::string firmware_pcrs_table(const std::vector<FirmwarePcr>& pcrs) {
  std::string text = "\nPCRs of the firmware\n";
  for (const FirmwarePcr& pcr : pcrs) {
    if (!pcr.value) {
      text += std::format("PCR {:>2}  not predictable: {}\n", pcr.pcr, pcr.why);
      continue;
    }
    for (const HashAlgorithm bank : hash_algorithms)
      text += std::format("{}  PCR {:>2}  {:<24} {}\n", to_string(bank), pcr.pcr, pcr.why, pcr.value->of(bank).hex());
  }
  return text;
}

Json firmware_pcrs_json(const std::vector<FirmwarePcr>& pcrs) {
  Json::Array array;
  for (const FirmwarePcr& pcr : pcrs) {
    Json::Object row{{"pcr", pcr.pcr}, {"why", pcr.why}};
    if (pcr.value) row["value"] = bank_digests_json(*pcr.value);
    array.push_back(std::move(row));
  }
  return array;
}

}  // namespace asterism::measured_boot
