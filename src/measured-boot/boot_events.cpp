// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/boot_events.hpp"

#include <array>

#include "efi/utf16.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::string_view calling_action = "Calling EFI Application from Boot Option";
constexpr std::array<std::byte, 4> separator{};
constexpr std::array phases{Stage::enter_initrd, Stage::leave_initrd, Stage::sysinit, Stage::ready};
constexpr std::string_view os_separator = "os-separator";
// What systemd-pcrosseparator extends, as far as it is predicted here.
constexpr std::array os_separated{pcr_boot_loader_code, pcr_secure_boot_policy, pcr_kernel_initrd, pcr_kernel_config,
                                  pcr_sysexts};

class Recorder {
 public:
  void put(PcrIndex pcr, Stage stage, std::string what, const BankDigests& digests) {
    events_.push_back({.pcr = pcr, .stage = stage, .what = std::move(what), .digests = digests});
  }

  Result<> put_data(PcrIndex pcr, Stage stage, std::string what, Bytes data) {
    ASTERISM_TRY(const auto digests, hash_banks(data), "event '{}'", what);
    put(pcr, stage, std::move(what), digests);
    return {};
  }

  [[nodiscard]] std::vector<Event> take() && { return std::move(events_); }

 private:
  std::vector<Event> events_;
};

Result<> record_firmware(Recorder& out, const BootDigests& digests) {
  ASTERISM_CHECK(
      out.put_data(pcr_boot_loader_code, Stage::firmware, "action: calling the boot option", as_bytes(calling_action)));
  ASTERISM_CHECK(out.put_data(pcr_boot_loader_code, Stage::firmware, "separator", separator));
  if (digests.boot_loader) out.put(pcr_boot_loader_code, Stage::firmware, "image: boot loader", *digests.boot_loader);
  return {};
}

/// systemd-boot hands a profile other than the first on as "@N", and measures what it hands on; the stub then measures
/// the number itself.
Result<> record_profile(Recorder& out, bool through_boot_loader, unsigned profile) {
  if (profile == 0) return {};
  const std::u16string number = efi::utf8_to_ucs2(std::to_string(profile));
  if (through_boot_loader) {
    ASTERISM_CHECK(out.put_data(pcr_kernel_config, Stage::boot_loader, std::format("boot options '@{}'", profile),
                                efi::utf16_bytes(u"@" + number, /* with_nul= */ true)));
  }
  return out.put_data(pcr_kernel_config, Stage::stub, std::format("profile {}", profile),
                      efi::utf16_bytes(number, /* with_nul= */ true));
}

Result<> record_sections(Recorder& out, const BootDigests& digests) {
  for (const auto& [name, content] : digests.sections) {
    std::vector<std::byte> name_with_nul;
    append(name_with_nul, as_bytes(name));
    name_with_nul.push_back(std::byte{0});
    ASTERISM_CHECK(out.put_data(pcr_kernel_boot, Stage::stub, std::format("name of section {}", name), name_with_nul));
    out.put(pcr_kernel_boot, Stage::stub, std::format("content of section {}", name), content);
  }
  return {};
}

Result<> record_userspace(Recorder& out, const StubModel& model) {
  if (model.os_separator) {
    for (const PcrIndex pcr : os_separated) {
      ASTERISM_CHECK(out.put_data(pcr, Stage::enter_initrd, "os-separator", as_bytes(os_separator)));
    }
  }
  for (const Stage phase : phases) {
    ASTERISM_CHECK(
        out.put_data(pcr_kernel_boot, phase, std::format("phase {}", to_string(phase)), as_bytes(to_string(phase))));
  }
  return {};
}

}  // namespace

Result<std::vector<Event>> boot_events(const StubModel& model, SecureBoot state, unsigned profile,
                                       const BootDigests& digests) {
  Recorder out;
  ASTERISM_CHECK(record_firmware(out, digests));
  const bool through_boot_loader = digests.boot_loader.has_value();
  out.put(pcr_boot_loader_code, through_boot_loader ? Stage::boot_loader : Stage::firmware, "image: UKI", digests.uki);
  ASTERISM_CHECK(record_profile(out, through_boot_loader, profile));
  ASTERISM_CHECK(record_sections(out, digests));
  const bool kernel_measured =
      model.inner_kernel == InnerKernel::measured_without_secure_boot && state != SecureBoot::on;
  if (kernel_measured && digests.inner_kernel) {
    out.put(pcr_boot_loader_code, Stage::stub, "image: kernel inside the UKI", *digests.inner_kernel);
  }
  if (digests.load_options) out.put(pcr_kernel_initrd, Stage::kernel, "kernel command line", *digests.load_options);
  if (digests.initrd) out.put(pcr_kernel_initrd, Stage::kernel, "initrd", *digests.initrd);
  ASTERISM_CHECK(record_userspace(out, model));
  return std::move(out).take();
}

}  // namespace asterism::measured_boot
