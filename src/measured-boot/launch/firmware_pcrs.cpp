// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/firmware_pcrs.hpp"

#include <algorithm>
#include <array>

#include "efi/utf16.hpp"
#include "firmware/ovmf_volumes.hpp"
#include "measured-boot/launch/ovmf_data.hpp"
#include "measured-boot/report.hpp"

namespace asterism::measured_boot {
namespace {

constexpr PcrIndex pcr_firmware_code = 0;
constexpr std::array<std::byte, 4> separator{};

Result<BankDigests> value_of(PcrIndex pcr, const std::vector<Bytes>& measured) {
  std::vector<Event> events;
  for (const Bytes data : measured) {
    Event event{.pcr = pcr, .stage = Stage::firmware, .what = {}, .digests = {}};
    ASTERISM_TRY(event.digests, hash_banks(data));
    events.push_back(std::move(event));
  }
  BankDigests value;
  for (const HashAlgorithm bank : hash_algorithms) {
    ASTERISM_TRY(value.of(bank), replay(events, pcr, bank));
  }
  return value;
}

/// Version, the first volume with what the firmware wrote into it, the other volume, separator.
Result<BankDigests> code_value(const firmware::OvmfVolumes& volumes, const OvmfWrite& write) {
  std::vector<std::byte> early{volumes.early().begin(), volumes.early().end()};
  if (write.offset > early.size() || write.bytes.size() > early.size() - write.offset) {
    return fail(Errc::corrupt, "ovmf.json: {} bytes at {:#x} of a volume of {:#x}", write.bytes.size(), write.offset,
                early.size());
  }
  std::ranges::copy(write.bytes, early.begin() + static_cast<std::ptrdiff_t>(write.offset));
  const auto version = efi::utf16_bytes(volumes.version(), /* with_nul= */ true);
  return value_of(pcr_firmware_code, {version, early, volumes.main(), separator});
}

/// PCR 0: a row for each type of machine, or one that says why there is no value.
Result<std::vector<FirmwarePcr>> code_pcrs(const ByteView& file) {
  const auto without_value = [](std::string why) {
    return std::vector{FirmwarePcr{.pcr = pcr_firmware_code, .value = std::nullopt, .why = std::move(why)}};
  };
  const auto volumes = firmware::OvmfVolumes::unpack(file);
  if (!volumes) return without_value(volumes.error().message());
  ASTERISM_TRY(const auto digest, sha256(volumes->early()));
  ASTERISM_TRY(const auto builds, ovmf_builds());
  const auto build = std::ranges::find(builds, digest, &OvmfBuild::early_volume);
  if (build == builds.end()) {
    return without_value(
        std::format("the firmware writes into its first volume (SHA-256 {}) before it measures it, and "
                    "nobody has looked yet what this build writes",
                    digest.hex()));
  }
  if (build->machines.empty()) return without_value(build->why);
  std::vector<FirmwarePcr> rows;
  for (const OvmfWrite& write : build->machines) {
    ASTERISM_TRY(const auto value, code_value(*volumes, write));
    rows.push_back({.pcr = pcr_firmware_code,
                    .value = value,
                    .why = std::format("machine type {}: {}", write.machine, build->why)});
  }
  return rows;
}

}  // namespace

Result<std::vector<FirmwarePcr>> firmware_pcrs(const firmware::Ovmf& ovmf) {
  if (ovmf.table().entries().empty()) return fail(Errc::unsupported, "the firmware has no table of OVMF");
  ASTERISM_TRY(auto pcrs, code_pcrs(ovmf.file()));
  ASTERISM_TRY(const auto alone, value_of(0, {separator}));
  pcrs.push_back(
      {.pcr = 1,
       .value = std::nullopt,
       .why = "ACPI tables, boot entries and, since edk2-stable202505, SMBIOS tables: all depend on the machine"});
  pcrs.push_back({.pcr = 2, .value = alone, .why = "if no device has an option ROM"});
  pcrs.push_back({.pcr = 3, .value = alone, .why = "always in OVMF"});
  return pcrs;
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
