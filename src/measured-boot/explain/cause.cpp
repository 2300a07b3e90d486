// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/explain/cause.hpp"

#include <algorithm>
#include <array>
#include <format>

namespace asterism::measured_boot::explain {
namespace {

constexpr std::array causes{
    CauseInfo{CauseId::log_contradicts_register, "log-contradicts-register",
              "the log does not replay to the register: it is incomplete, of another boot, or forged",
              "fetch log and registers anew from one boot; if they still differ, treat the machine as compromised"},
    CauseInfo{CauseId::log_truncated, "log-truncated",
              "the log ends before the firmware handed over (ExitBootServices)",
              "fetch the whole log after the boot; one read earlier, or cut, explains nothing behind its end"},
    CauseInfo{CauseId::events_reordered, "events-reordered", "the same events came in another order",
              "compare firmware, boot loader and stub with the release; if they are the same, treat the log as forged"},
    CauseInfo{CauseId::firmware_error, "firmware-error", "the firmware reported an error while it measured",
              "look at the machine's firmware log; do not trust this boot"},
    CauseInfo{CauseId::secure_boot_off, "secure-boot-off", "Secure Boot is off",
              "turn Secure Boot on, or expect --secure-boot=off"},
    CauseInfo{CauseId::secure_boot_on, "secure-boot-on", "Secure Boot is on, and was expected to be off",
              "expect --secure-boot=on"},
    CauseInfo{CauseId::secure_boot_absent, "secure-boot-absent", "the firmware has no Secure Boot at all",
              "use a firmware build with Secure Boot, or expect --secure-boot=absent"},
    CauseInfo{CauseId::pk_changed, "pk-changed", "the platform key (PK) is another one",
              "enrol the keys of the release again, and find out who replaced them"},
    CauseInfo{CauseId::kek_changed, "kek-changed", "the key exchange key (KEK) is another one",
              "enrol the keys of the release again, and find out who replaced them"},
    CauseInfo{CauseId::db_changed, "db-changed", "the list of allowed signers (db) is another one",
              "enrol the db of the release again, or predict with the db that the machine is meant to have"},
    CauseInfo{CauseId::dbx_changed, "dbx-changed", "the list of forbidden signers (dbx) is another one",
              "predict with the machine's dbx: firmware updates extend it"},
    CauseInfo{CauseId::secure_boot_variables_changed, "secure-boot-variables-changed",
              "one of PK, KEK, db and dbx, or the db entry that let an image start, is another one",
              "give the expected variables (--secure-boot-variables) or a good log (--reference) to learn which"},
    CauseInfo{CauseId::other_authority, "other-authority", "another entry of db let an image start",
              "compare the signatures of boot loader and UKI with db"},
    CauseInfo{CauseId::extra_authority, "extra-authority", "something signed by a further entry of db started",
              "look for programs, drivers and option ROMs in the log that are not part of the image"},
    CauseInfo{CauseId::missing_authority, "missing-authority", "no entry of db let an image start",
              "find out whether Secure Boot was enforced when the image started"},
    CauseInfo{CauseId::extra_boot_attempt, "extra-boot-attempt",
              "the firmware tried another boot option before or after this one",
              "put the disk first in the boot order and remove options that fail (network, shell)"},
    CauseInfo{CauseId::other_boot_loader, "other-boot-loader", "another boot loader started",
              "compare EFI/BOOT/BOOTX64.EFI on the machine's ESP with the release"},
    CauseInfo{CauseId::no_boot_loader, "no-boot-loader", "the firmware started the UKI without the boot loader",
              "predict without a boot loader, or put the release's ESP back"},
    CauseInfo{CauseId::extra_program, "extra-program", "a program started that is not part of the image",
              "find it by its digest and path in the log, and remove it from the boot chain"},
    CauseInfo{CauseId::other_uki, "other-uki", "another UKI started",
              "compare the machine's version with the manifest; explain against the manifest of that version"},
    CauseInfo{CauseId::known_image, "known-image", "another image that is known started",
              "update the machine, or verify it with that image's manifest"},
    CauseInfo{CauseId::debug_image, "debug-image", "a debug image started",
              "install the release image; a debug image must not get secrets"},
    CauseInfo{CauseId::other_stub_version, "other-stub-version",
              "the UKI was built on another version of systemd-stub, which measures differently",
              "predict from the image that runs, with a measured-boot that knows its stub"},
    CauseInfo{CauseId::addon_loaded, "addon-loaded", "an add-on beside the UKI was loaded",
              "remove it from loader/addons and from the UKI's .extra.d folder on the ESP"},
    CauseInfo{CauseId::other_kernel, "other-kernel", "the UKI holds another kernel",
              "compare the machine's version with the manifest"},
    CauseInfo{CauseId::other_initrd, "other-initrd", "the UKI holds another initrd",
              "compare the machine's version with the manifest; if it is the same, treat the image as altered"},
    CauseInfo{CauseId::other_command_line, "other-command-line", "the kernel got another command line",
              "compare the machine's version with the manifest; look at PCR 12 and at /proc/cmdline"},
    CauseInfo{CauseId::command_line_appended, "command-line-appended",
              "something was put behind the UKI's command line",
              "remove SMBIOS strings, boot options or add-ons that pass parameters to the kernel"},
    CauseInfo{CauseId::command_line_replaced, "command-line-replaced",
              "boot options took the place of the UKI's command line",
              "turn Secure Boot on, so that the stub ignores them, and remove them from the boot entry"},
    CauseInfo{CauseId::other_os_release, "other-os-release", "the UKI describes another version (os-release)",
              "explain against the manifest of that version"},
    CauseInfo{CauseId::other_microcode, "other-microcode", "the UKI holds other microcode",
              "compare the machine's version with the manifest"},
    CauseInfo{CauseId::other_policy_key, "other-policy-key", "the UKI holds another key for PCR policies",
              "find out who built this UKI: it can release secrets to its owner's policies"},
    CauseInfo{CauseId::other_section, "other-section", "a section of the UKI has another content",
              "compare the machine's version with the manifest"},
    CauseInfo{CauseId::section_added, "section-added", "the UKI has a section that was not expected",
              "compare the machine's version with the manifest"},
    CauseInfo{CauseId::section_missing, "section-missing", "the UKI lacks a section",
              "compare the machine's version with the manifest"},
    CauseInfo{CauseId::other_profile, "other-profile", "another profile of the UKI was chosen",
              "predict that profile (--profile), or choose the first one in the boot menu"},
    CauseInfo{CauseId::initrd_extended, "initrd-extended",
              "the UKI's initrd is right, but the kernel got more or other than that",
              "look for credentials, extensions and initrd add-ons on the ESP, and at the stub's version"},
    CauseInfo{CauseId::credentials_passed, "credentials-passed", "credentials on the ESP were passed to the system",
              "remove loader/credentials and *.cred from the ESP, or expect them"},
    CauseInfo{CauseId::configuration_extension, "configuration-extension",
              "a configuration extension on the ESP was passed to the system", "remove it from the ESP, or expect it"},
    CauseInfo{CauseId::system_extension, "system-extension", "a system extension on the ESP was passed to the system",
              "remove *.sysext.raw and *.raw from the ESP, or expect it"},
    CauseInfo{CauseId::boot_options_passed, "boot-options-passed", "options were passed to boot loader, stub or kernel",
              "remove them from the boot entry, from SMBIOS strings and from the ESP"},
    CauseInfo{CauseId::missing_phase, "missing-phase", "the boot did not come as far as expected",
              "wait until the machine is ready, look at failed units, or expect an earlier --stage"},
    CauseInfo{CauseId::extra_phase, "extra-phase", "the system went further than expected",
              "expect a later --stage; 'shutdown' and 'final' mean that it is going down"},
    CauseInfo{CauseId::other_systemd_version, "other-systemd-version",
              "another version of systemd runs, which measures differently", "predict from the image that runs"},
    CauseInfo{CauseId::nvpcr_initialised, "nvpcr-initialised", "systemd initialised an NvPCR, which extends PCR 9",
              "compare PCR 9 as it was when the kernel started, from the log"},
    CauseInfo{CauseId::volume_key_measured, "volume-key-measured",
              "an encrypted volume was opened and its key measured",
              "expect it where the machine has its state disk; else find out which volume it was"},
    CauseInfo{CauseId::identity_measured, "identity-measured", "the system measured its identity",
              "mask systemd-pcrmachine and systemd-pcrfs in the image, or expect the values"},
    CauseInfo{CauseId::other_firmware, "other-firmware", "the firmware is another build",
              "compare the platform's firmware version; take a new --reference after an update you trust"},
    CauseInfo{
        CauseId::firmware_on_other_machine, "firmware-on-other-machine",
        "the firmware's version and main volume are as expected, its first volume is not, and the machine is "
        "another one: OVMF with SMM keeps addresses there that follow from the size of memory",
        "compare with a --reference from a machine of the same type and memory; if PCR 0 still differs, treat the "
        "firmware as altered"},
    CauseInfo{CauseId::other_machine, "other-machine", "the host gives the machine another configuration",
              "compare machine type, memory, processors and devices; take a --reference from the same type"},
    CauseInfo{CauseId::boot_order_changed, "boot-order-changed", "the firmware's boot options or their order differ",
              "compare the boot options; a new disk or network card is enough"},
    CauseInfo{CauseId::option_rom_loaded, "option-rom-loaded", "a driver or option ROM was loaded",
              "remove the device or disable its ROM, or expect it with a --reference"},
    CauseInfo{CauseId::partition_table_changed, "partition-table-changed", "the partition table is another one",
              "compare the tables that the log shows; the first boot adds partitions"},
    CauseInfo{CauseId::loader_configuration_changed, "loader-configuration-changed", "loader.conf is another one",
              "compare loader/loader.conf on the ESP with the release"},
    CauseInfo{CauseId::shim_in_chain, "shim-in-chain", "shim is part of the boot chain",
              "start the release's boot loader without shim, or predict with it"},
    CauseInfo{CauseId::unknown, "unknown", "no rule explains this",
              "read the event in the log (measured-boot replay) and compare with a good boot (--reference)"},
};

}  // namespace

std::span<const CauseInfo> cause_table() noexcept {
  return causes;
}

const CauseInfo& cause_info(CauseId id) noexcept {
  const auto* const found = std::ranges::find(causes, id, &CauseInfo::id);
  return found == causes.end() ? causes.back() : *found;
}

Cause make_cause(CauseId id, Part part, std::string subject, std::string_view detail) {
  std::string sentence{cause_info(id).sentence};
  if (!detail.empty()) sentence += std::format(": {}", detail);
  return {.id = id, .part = part, .subject = std::move(subject), .sentence = std::move(sentence)};
}

}  // namespace asterism::measured_boot::explain
