// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/launch_records.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <set>

#include "common/mapped_file.hpp"
#include "measured-boot/launch/gpt_event.hpp"
#include "measured-boot/launch/tdx_report.hpp"

namespace asterism::measured_boot {
namespace {

using manifest::LaunchRecord;
using manifest::LaunchRegister;
using manifest::Technology;

constexpr unsigned vcpus_max = 64;

/// The VMM that starts guests on a platform, as data/launch/vmms.json names it. Azure's is not known from outside.
std::string_view vmm_of(std::string_view platform) {
  if (platform == "aws") return "ec2";
  if (platform == "gcp") return "gce";
  return platform == "azure" ? "" : "qemu";
}

struct Context {
  LaunchRecord base;  ///< platform, and the firmware among the conditions
  const firmware::Ovmf* ovmf = nullptr;
};

LaunchRecord record_of(const Context& context, Technology technology, LaunchRegister name, std::string reason) {
  LaunchRecord record = context.base;
  record.technology = technology;
  record.name = name;
  record.reason = std::move(reason);
  return record;
}

Result<> add_snp_model(std::vector<LaunchRecord>& records, const Context& context, const SnpChain& pages,
                       const VmmModel& vmm, const CpuType& cpu) {
  VcpuRequest request{.cpu_signature = cpu.signature, .features = {}, .revisions = vmm.revisions};
  for (const FeatureChoice& choice : vmm.guest_features)
    request.features.push_back(choice.value);
  const bool several = context.ovmf->ap_reset_eip().has_value();
  const VcpuRange range{.first = 1, .last = several ? vcpus_max : 1};
  ASTERISM_TRY(const auto values, snp_values(pages, range, real_mode_variants(request, context.ovmf->ap_reset_eip())));
  for (unsigned vcpus = range.first; vcpus <= range.last; vcpus *= 2) {
    auto record = record_of(context, Technology::snp, LaunchRegister::measurement,
                            "one for each set of guest features and state of the processors that the VMM may choose");
    record.conditions.emplace("vcpus", std::to_string(vcpus));
    record.conditions.emplace("vcpu_type", cpu.name);
    for (const LaunchValue& value : values) {
      if (value.vcpus == vcpus) record.values.push_back(value.digest);
    }
    records.push_back(std::move(record));
  }
  return {};
}

Result<> add_snp(std::vector<LaunchRecord>& records, const Context& context) {
  const auto name = vmm_of(context.base.platform);
  if (name.empty()) return {};
  ASTERISM_TRY(const auto vmm, find_vmm(name));
  const auto pages = snp_firmware_pages(*context.ovmf, vmm, std::nullopt);
  if (!pages && pages.error().code() == Errc::unsupported) return {};
  if (!pages) return std::unexpected{pages.error()};
  ASTERISM_TRY(const auto types, cpu_types());
  std::set<std::uint32_t> seen;
  for (const CpuType& cpu : types) {
    // Models of one signature have the same digests: the first name stands for all.
    if (seen.insert(cpu.signature).second) ASTERISM_CHECK(add_snp_model(records, context, *pages, vmm, cpu));
  }
  return {};
}

void add_rtmr_records(std::vector<LaunchRecord>& records, const Context& context, const TdxReport& report) {
  constexpr std::array names{LaunchRegister::rtmr0, LaunchRegister::rtmr1, LaunchRegister::rtmr2,
                             LaunchRegister::rtmr3};
  for (const RtmrValue& value : report.rtmrs) {
    if (!value.digest) continue;
    auto record = record_of(context, Technology::tdx, names.at(value.rtmr), "nothing is measured there");
    if (value.rtmr != 3) {
      record.conditions.emplace("secure_boot", to_string(value.secure_boot));
      record.reason = "with and without a TPM, which the kernel prefers";
    }
    if (value.rtmr == 1) {
      record.conditions.emplace("boot", "first");
      record.reason = "firmware before and since edk2-stable202411, which ends with a separator";
    }
    const auto same = std::ranges::find_if(records, [&](const LaunchRecord& other) {
      return other.technology == record.technology && other.name == record.name &&
             other.conditions == record.conditions;
    });
    LaunchRecord& target = same == records.end() ? records.emplace_back(std::move(record)) : *same;
    target.values.push_back(*value.digest);
  }
}

Result<> add_tdx(std::vector<LaunchRecord>& records, const Context& context, Bytes disk, const BootFiles& files,
                 Measurements measurements, const std::optional<SecureBootVariables>& variables) {
  const auto sections = context.ovmf->tdvf_sections();
  if (!sections && sections.error().code() == Errc::unsupported) return {};
  if (!sections) return std::unexpected{sections.error()};
  ASTERISM_TRY(const auto data, tdx_data());
  auto start =
      record_of(context, Technology::tdx, LaunchRegister::mrtd, "one for each order in which a VMM adds pages");
  for (const TdxOrderChoice& choice : data.page_orders) {
    ASTERISM_TRY(const auto value, mrtd(*sections, choice.order));
    start.values.push_back(value);
  }
  records.push_back(std::move(start));
  ASTERISM_TRY(const auto actors, tdx_actors(files));
  ASTERISM_TRY(const auto gpt, gpt_event_data(ByteView{disk}));
  if (!variables)
    std::erase_if(measurements.predictions, [](const auto& p) { return p.secure_boot == SecureBoot::on; });
  TdxReport report;
  ASTERISM_CHECK(add_rtmrs(report, data, measurements, actors, {}, variables.value_or(SecureBootVariables{}), gpt));
  add_rtmr_records(records, context, report);
  return {};
}

}  // namespace

Result<LaunchFirmware> parse_launch_firmware(std::string_view text) {
  const auto equals = text.find('=');
  const auto platform = text.substr(0, equals);
  if (equals == std::string_view::npos || equals + 1 == text.size() ||
      !std::ranges::contains(manifest::platforms, platform)) {
    return fail(Errc::usage, "--launch-firmware={}: expected <platform>=<file>", excerpt(text));
  }
  return LaunchFirmware{.platform = std::string{platform}, .path = std::string{text.substr(equals + 1)}};
}

Result<std::vector<LaunchRecord>> launch_records(const LaunchFirmware& firmware, Bytes disk, const BootFiles& files,
                                                 const Measurements& measurements,
                                                 const std::optional<SecureBootVariables>& variables) {
  ASTERISM_TRY(const auto file, MappedFile::open(firmware.path));
  ASTERISM_TRY(const auto facts, describe_file("firmware", firmware.path, file.bytes()));
  ASTERISM_TRY(const auto ovmf, firmware::Ovmf::parse(ByteView{file.bytes()}), "'{}'", printable(firmware.path));
  Context context;
  context.ovmf = &ovmf;
  context.base.platform = firmware.platform;
  context.base.conditions.emplace("firmware_sha256", facts.sha256.hex());
  std::vector<LaunchRecord> records;
  ASTERISM_CHECK(add_snp(records, context), "'{}'", printable(firmware.path));
  ASTERISM_CHECK(add_tdx(records, context, disk, files, measurements, variables), "'{}'", printable(firmware.path));
  return records;
}

}  // namespace asterism::measured_boot
