// SPDX-License-Identifier: Apache-2.0
// The verbs snp, sev and sev-es.
#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "common/mapped_file.hpp"
#include "measured-boot/app/launch_commands.hpp"
#include "measured-boot/launch/igvm_launch.hpp"
#include "measured-boot/launch/launch_report.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::uint64_t default_vars_bytes = 540672;  // the variable store of OVMF's 4 MiB builds

struct Arguments {
  std::string firmware;
  std::string kernel;
  std::string initrd;
  std::string command_line;
  std::string svsm;
  std::string igvm;
  std::uint64_t vars_bytes = default_vars_bytes;
  std::string vcpus = "1";
  std::string cpu_type;
  std::string cpu_signature;
  std::vector<std::uint64_t> cpu_parts;
  std::string features;
  std::string revision;
  std::string vmm = "qemu";
  bool json = false;
};

/// The files of a request, mapped as long as it lasts.
struct Inputs {
  MappedFile firmware;
  std::optional<MappedFile> svsm;
  std::optional<KernelHashes> kernel;
};

/// An empty file, such as /dev/null, cannot be mapped and counts as nothing.
Result<std::optional<MappedFile>> map_part(LaunchReport& report, const std::string& role, const std::string& path) {
  std::optional<MappedFile> file;
  if (!path.empty() && path != "/dev/null") {
    ASTERISM_TRY(file, MappedFile::open(path));
    ASTERISM_TRY(const auto facts, describe_file(role, path, file->bytes()));
    report.files.push_back(facts);
  }
  return file;
}

Result<Inputs> open_inputs(LaunchReport& report, const Arguments& arguments) {
  ASTERISM_TRY(auto firmware, MappedFile::open(arguments.firmware));
  ASTERISM_TRY(const auto facts, describe_file("firmware", arguments.firmware, firmware.bytes()));
  report.files.push_back(facts);
  Inputs inputs{.firmware = std::move(firmware), .svsm = {}, .kernel = {}};
  ASTERISM_TRY(inputs.svsm, map_part(report, "svsm", arguments.svsm));
  if (arguments.kernel.empty()) {
    if (arguments.initrd.empty() && arguments.command_line.empty()) return inputs;
    return fail(Errc::usage, "--initrd and --append are for a guest with --kernel");
  }
  ASTERISM_TRY(const auto kernel, map_part(report, "kernel", arguments.kernel));
  ASTERISM_TRY(const auto initrd, map_part(report, "initrd", arguments.initrd));
  ASTERISM_TRY(inputs.kernel, hash_kernel(kernel ? kernel->bytes() : Bytes{}, initrd ? initrd->bytes() : Bytes{},
                                          arguments.command_line));
  report.kernel_hashes = true;
  return inputs;
}

Result<std::uint32_t> signature_of(const Arguments& arguments) {
  const int given = (arguments.cpu_type.empty() ? 0 : 1) + (arguments.cpu_signature.empty() ? 0 : 1) +
                    (arguments.cpu_parts.empty() ? 0 : 1);
  if (given != 1) return fail(Errc::usage, "give one of --vcpu-type, --vcpu-sig and --vcpu-family-model-stepping");
  if (!arguments.cpu_type.empty()) return find_cpu_type(arguments.cpu_type);
  if (!arguments.cpu_parts.empty()) {
    return cpu_signature(arguments.cpu_parts.at(0), arguments.cpu_parts.at(1), arguments.cpu_parts.at(2));
  }
  const auto value = parse_number(arguments.cpu_signature);
  if (!value || *value > 0xffffffff) {
    return fail(Errc::usage, "--vcpu-sig={}: expected a 32-bit number", excerpt(arguments.cpu_signature));
  }
  return static_cast<std::uint32_t>(*value);
}

/// "0x1,0x21", or what the VMM may have chosen.
Result<std::vector<FeatureChoice>> features_of(const Arguments& arguments, const std::vector<FeatureChoice>& known) {
  if (arguments.features.empty()) return known;
  std::vector<FeatureChoice> chosen;
  for (std::size_t at = 0; at <= arguments.features.size();) {
    const auto comma = std::min(arguments.features.find(',', at), arguments.features.size());
    const auto value = parse_number(std::string_view{arguments.features}.substr(at, comma - at));
    if (!value) return fail(Errc::usage, "--guest-features={}: expected numbers", excerpt(arguments.features));
    const auto found = std::ranges::find(known, *value, &FeatureChoice::value);
    chosen.push_back(found != known.end()
                         ? *found
                         : FeatureChoice{.value = *value, .reason = "as given", .source = "--guest-features"});
    at = comma + 1;
  }
  return chosen;
}

Result<std::vector<VmsaRevision>> revisions_of(const Arguments& arguments, const VmmModel& vmm) {
  if (arguments.revision.empty()) return vmm.revisions;
  const auto found = std::ranges::find(vmm.revisions, arguments.revision, &VmsaRevision::name);
  if (found == vmm.revisions.end()) {
    return fail(Errc::not_found, "VMM {} has no revision '{}'", vmm.name, excerpt(arguments.revision));
  }
  return std::vector{*found};
}

/// What the VMSAs are made of; the alternatives are noted in the report.
Result<VcpuRequest> vcpu_request(LaunchReport& report, const Arguments& arguments, const VmmModel& vmm,
                                 const std::vector<FeatureChoice>& known) {
  VcpuRequest request;
  ASTERISM_TRY(request.cpu_signature, signature_of(arguments));
  ASTERISM_TRY(const auto features, features_of(arguments, known));
  ASTERISM_TRY(request.revisions, revisions_of(arguments, vmm));
  for (const FeatureChoice& choice : features)
    request.features.push_back(choice.value);
  add_alternatives(report, features, request.revisions);
  report.vmm = vmm.name;
  report.cpu_signature = request.cpu_signature;
  return request;
}

Result<> print(const LaunchReport& report, const Arguments& arguments) {
  return print_out(arguments.json ? launch_json(report).to_text() : launch_table(report));
}

Result<> with_svsm(LaunchReport& report, const Arguments& arguments, const Inputs& inputs, const firmware::Ovmf& ovmf,
                   const VcpuRange& range) {
  if (arguments.vmm != "qemu") return fail(Errc::usage, "--svsm is for --vmm=qemu");
  if (inputs.kernel) return fail(Errc::usage, "--svsm and --kernel do not go together");
  if (arguments.vars_bytes >= ovmf.gpa()) {
    return fail(Errc::usage, "--vars-size={} does not fit below the firmware", arguments.vars_bytes);
  }
  ASTERISM_TRY(const auto vmm, find_vmm("svsm"));
  ASTERISM_TRY(const auto svsm,
               firmware::Ovmf::parse(ByteView{inputs.svsm->bytes()}, ovmf.gpa() - arguments.vars_bytes), "'{}'",
               printable(arguments.svsm));
  if (!svsm.svsm_entry_offset()) {
    return fail(Errc::unsupported, "'{}' does not say where an SVSM starts", printable(arguments.svsm));
  }
  ASTERISM_TRY(const auto request, vcpu_request(report, arguments, vmm, vmm.guest_features));
  ASTERISM_TRY(const auto pages, snp_svsm_pages(ovmf, svsm, vmm));
  ASTERISM_TRY(report.values, snp_values(pages, range, svsm_variants(request, svsm.gpa() + *svsm.svsm_entry_offset())));
  return print(report, arguments);
}

/// An IGVM file brings everything along, the state of the processor too.
Result<> igvm_command(const Arguments& arguments) {
  const bool alone = arguments.firmware.empty() && arguments.kernel.empty() && arguments.svsm.empty() &&
                     arguments.cpu_type.empty() && arguments.cpu_signature.empty() && arguments.cpu_parts.empty() &&
                     arguments.features.empty() && arguments.revision.empty();
  if (!alone) return fail(Errc::usage, "--igvm goes with --json alone: the file says all the rest");
  LaunchReport report;
  report.mode = "snp";
  ASTERISM_TRY(const auto image, MappedFile::open(arguments.igvm));
  ASTERISM_TRY(const auto facts, describe_file("igvm", arguments.igvm, image.bytes()));
  report.files.push_back(facts);
  ASTERISM_TRY(const auto file, firmware::IgvmFile::parse(ByteView{image.bytes()}), "'{}'", printable(arguments.igvm));
  ASTERISM_CHECK(add_igvm(report, file), "'{}'", printable(arguments.igvm));
  return print(report, arguments);
}

Result<> snp_command(const Arguments& arguments) {
  if (!arguments.igvm.empty()) return igvm_command(arguments);
  if (arguments.firmware.empty()) return fail(Errc::usage, "give --firmware or --igvm");
  LaunchReport report;
  report.mode = "snp";
  ASTERISM_TRY(const auto range, parse_vcpu_range(arguments.vcpus));
  ASTERISM_TRY(const auto inputs, open_inputs(report, arguments));
  ASTERISM_TRY(const auto ovmf, firmware::Ovmf::parse(ByteView{inputs.firmware.bytes()}), "'{}'",
               printable(arguments.firmware));
  if (inputs.svsm) return with_svsm(report, arguments, inputs, ovmf, range);
  ASTERISM_TRY(const auto vmm, find_vmm(arguments.vmm));
  ASTERISM_TRY(const auto request, vcpu_request(report, arguments, vmm, vmm.guest_features));
  ASTERISM_TRY(const auto pages, snp_firmware_pages(ovmf, vmm, inputs.kernel), "'{}'", printable(arguments.firmware));
  ASTERISM_TRY(report.values, snp_values(pages, range, real_mode_variants(request, ovmf.ap_reset_eip())));
  return print(report, arguments);
}

Result<> sev_command(const Arguments& arguments) {
  LaunchReport report;
  report.mode = "sev";
  ASTERISM_TRY(const auto inputs, open_inputs(report, arguments));
  ASTERISM_TRY(const auto ovmf, firmware::Ovmf::parse(ByteView{inputs.firmware.bytes()}), "'{}'",
               printable(arguments.firmware));
  ASTERISM_TRY(const auto digest, sev_value(ovmf, inputs.kernel), "'{}'", printable(arguments.firmware));
  report.values.push_back({.vcpus = 0, .features = 0, .revision = {}, .digest = digest});
  return print(report, arguments);
}

Result<> sev_es_command(const Arguments& arguments) {
  LaunchReport report;
  report.mode = "sev-es";
  ASTERISM_TRY(const auto range, parse_vcpu_range(arguments.vcpus));
  ASTERISM_TRY(const auto inputs, open_inputs(report, arguments));
  ASTERISM_TRY(const auto ovmf, firmware::Ovmf::parse(ByteView{inputs.firmware.bytes()}), "'{}'",
               printable(arguments.firmware));
  ASTERISM_TRY(const auto vmm, find_vmm(arguments.vmm));
  ASTERISM_TRY(const auto request, vcpu_request(report, arguments, vmm, vmm.es_features));
  ASTERISM_TRY(report.values,
               sev_es_values(ovmf, inputs.kernel, range, real_mode_variants(request, ovmf.ap_reset_eip())), "'{}'",
               printable(arguments.firmware));
  return print(report, arguments);
}

void add_common(CLI::App& verb, Arguments& arguments) {
  verb.add_option("--firmware", arguments.firmware, "firmware file (OVMF)");
  verb.add_option("--kernel", arguments.kernel, "kernel that the VMM loads (measured direct boot); a UKI works too");
  verb.add_option("--initrd", arguments.initrd, "initrd that the VMM loads");
  verb.add_option("--append", arguments.command_line, "command line that the VMM passes");
  verb.add_flag("--json", arguments.json, "JSON on standard output");
}

void add_processors(CLI::App& verb, Arguments& arguments) {
  verb.add_option("--vcpus", arguments.vcpus, "number of virtual processors, or a range such as 1-64")
      ->capture_default_str();
  verb.add_option("--vcpu-type", arguments.cpu_type, "CPU model as QEMU names it, e.g. EPYC-v4");
  verb.add_option("--vcpu-sig", arguments.cpu_signature, "CPUID signature instead, e.g. 0x800f12");
  verb.add_option("--vcpu-family-model-stepping", arguments.cpu_parts, "the three numbers instead")->expected(3);
  verb.add_option("--guest-features", arguments.features,
                  "SEV_FEATURES, e.g. 0x1 or 0x1,0x21; default: every value that the VMM may have chosen");
  verb.add_option("--revision", arguments.revision, "one revision of the VMM; default: all");
  verb.add_option("--vmm", arguments.vmm, "qemu, ec2 or gce")->capture_default_str();
}

}  // namespace

Command add_snp(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& verb = *app.add_subcommand("snp", "The launch digest of an SEV-SNP guest.");
  add_common(verb, *arguments);
  add_processors(verb, *arguments);
  verb.add_option("--igvm", arguments->igvm, "IGVM file that the guest is started from, instead of all of these");
  verb.add_option("--svsm", arguments->svsm, "SVSM that is started below the firmware");
  verb.add_option("--vars-size", arguments->vars_bytes, "bytes of the variable store between SVSM and firmware")
      ->capture_default_str();
  verb.footer("A digest is listed for every value that cannot be known from the files; the list at the end says why.");
  return [arguments] { return snp_command(*arguments); };
}

Command add_sev(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& verb = *app.add_subcommand("sev", "The launch digest of an SEV guest.");
  add_common(verb, *arguments);
  verb.get_option("--firmware")->required();
  return [arguments] { return sev_command(*arguments); };
}

Command add_sev_es(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& verb = *app.add_subcommand("sev-es", "The launch digest of an SEV-ES guest.");
  add_common(verb, *arguments);
  add_processors(verb, *arguments);
  verb.get_option("--firmware")->required();
  return [arguments] { return sev_es_command(*arguments); };
}

}  // namespace asterism::measured_boot
