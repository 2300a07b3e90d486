// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/explain/expectation.hpp"

#include <algorithm>
#include <charconv>

#include "efi/utf16.hpp"
#include "measured-boot/boot_events.hpp"
#include "measured-boot/stub_model.hpp"

namespace asterism::measured_boot::explain {
namespace {

/// "257.13-1~deb13u1" -> 257; 0 where it does not start with a number.
unsigned major_version(std::string_view text) {
  unsigned version = 0;
  std::from_chars(text.data(), text.data() + text.size(), version);
  return version;
}

Expectation start(const ExpectationOptions& options) {
  Expectation expectation;
  expectation.registers = options.registers;
  expectation.bank = options.bank;
  expectation.secure_boot = options.secure_boot;
  if (options.registers == event_log::RegisterSet::tpm && !options.userspace) {
    expectation.notes.emplace_back(
        "boot phases are not compared: without systemd's log (--userspace) nothing tells of them");
  }
  return expectation;
}

/// What a manifest knows of the digests that events are made of; unknown ones are zeros.
Result<BootDigests> digests_of(const manifest::Manifest& manifest) {
  BootDigests digests;
  if (manifest.boot_loader) digests.boot_loader = manifest.boot_loader->authenticode;
  digests.uki = manifest.uki.authenticode;
  digests.inner_kernel = manifest.kernel.authenticode.value_or(BankDigests{});
  digests.initrd = manifest.kernel.initrd.value_or(BankDigests{});
  for (const auto& section : manifest.sections) {
    if (section.measured) digests.sections.emplace_back(section.name, section.digests);
  }
  const auto options = efi::utf16_bytes(efi::utf8_to_ucs2(manifest.command_line), /* with_nul= */ true);
  ASTERISM_TRY(digests.load_options, hash_banks(options), "command line");
  return digests;
}

/// Older manifests do not have the initrd as the kernel gets it and the inner kernel: one event each, whatever it is.
void forget_unknown_digests(Expectation& expectation, const manifest::KernelRecord& known) {
  for (auto& [number, one] : expectation.by_register) {
    for (ExpectedEvent& event : one.events) {
      const bool unknown =
          (event.part == Part::initrd && !known.initrd) || (event.part == Part::inner_kernel && !known.authenticode);
      if (!unknown) continue;
      event.match = Match::any_one;
      event.digest.reset();
    }
  }
}

/// The values that the manifest promises, for registers with unknown digests. A TDX log has no such values.
void take_values(Expectation& expectation, const manifest::PcrValues& values, const ExpectationOptions& options) {
  for (auto& [number, one] : expectation.by_register) {
    const auto settled = values.settled.find(number);
    if (settled != values.settled.end()) one.value = settled->second;
    if (number == pcr_kernel_boot) {
      const Stage stage = options.userspace ? std::max(options.stage, Stage::stub) : Stage::stub;
      const auto found = values.kernel_boot.find(stage == Stage::kernel ? Stage::stub : stage);
      if (found != values.kernel_boot.end()) one.value = found->second;
    }
  }
}

Result<> add_policy(Expectation& expectation, const std::optional<SecureBootVariables>& variables,
                    const ExpectationOptions& options) {
  if (options.registers == event_log::RegisterSet::tdx) return {};  // add_surroundings() knows what is around it
  auto& policy = expectation.by_register[pcr_secure_boot_policy];
  if (!variables) {
    ASTERISM_TRY(policy.events, policy_without_variables(options.secure_boot, options.bank));
    return {};
  }
  ASTERISM_TRY(const auto events, secure_boot_events(options.secure_boot, *variables, {}));
  place_events(expectation, events, options);
  if (options.secure_boot == SecureBoot::on) {
    policy.events.push_back({.part = Part::authority,
                             .subject = {},
                             .what = "db entries that signed the images",
                             .match = Match::any_number,
                             .types = event_types(Part::authority)});
  }
  return {};
}

}  // namespace

Result<Expectation> expect_image(const Measurements& measurements, const ExpectationOptions& options) {
  Expectation expectation = start(options);
  const auto found = std::ranges::find(measurements.predictions, options.secure_boot, &Prediction::secure_boot);
  if (found == measurements.predictions.end()) {
    return fail(Errc::unverified, "with Secure Boot {} the image does not start{}", to_string(options.secure_boot),
                measurements.refusals.empty() ? std::string{} : ": " + measurements.refusals.front().reason);
  }
  expectation.name = printable(measurements.uki.path);
  expectation.command_line = found->command_line;
  expectation.stub_version = major_version(measurements.uki.version);
  if (!std::ranges::contains(found->pcrs, pcr_secure_boot_policy)) {
    ASTERISM_CHECK(add_policy(expectation, std::nullopt, options));
  }
  place_events(expectation, found->events, options);
  for (const PcrIndex pcr : found->pcrs) {  // registers that hold nothing are expected to hold nothing
    if (options.registers == event_log::RegisterSet::tpm) expectation.by_register.try_emplace(pcr);
  }
  ASTERISM_CHECK(add_surroundings(expectation, options));
  return expectation;
}

Result<Expectation> expect_manifest(const manifest::Manifest& manifest,
                                    const std::optional<SecureBootVariables>& variables,
                                    const ExpectationOptions& options) {
  Expectation expectation = start(options);
  expectation.name = printable(std::format("{} {}", manifest.name, manifest.version));
  expectation.command_line = manifest.command_line;
  expectation.stub_version = major_version(manifest.uki.version);
  ASTERISM_TRY(const auto* model, find_stub_model(expectation.stub_version), "UKI of the manifest");
  ASTERISM_TRY(const auto digests, digests_of(manifest));
  ASTERISM_TRY(const auto events, boot_events(*model, options.secure_boot, 0, digests));
  ASTERISM_CHECK(add_policy(expectation, variables, options));
  place_events(expectation, events, options);
  forget_unknown_digests(expectation, manifest.kernel);
  if (options.registers == event_log::RegisterSet::tpm) {
    const std::string platform = options.platform.empty() ? "qemu" : options.platform;
    const auto states = manifest.measurements.find(platform);
    if (states == manifest.measurements.end() || !states->second.contains(options.secure_boot)) {
      return fail(Errc::not_found, "the manifest has no values for {} with Secure Boot {}", printable(platform),
                  to_string(options.secure_boot));
    }
    const auto& values = states->second.at(options.secure_boot).at(options.bank);
    for (const PcrIndex pcr : {pcr_kernel_config, pcr_sysexts, pcr_system_identity})
      expectation.by_register.try_emplace(pcr);
    take_values(expectation, values, options);
    // The manifest's value is that of the publisher's variables. With others, and no entry of db to guess, events say
    // all.
    if (variables && options.secure_boot != SecureBoot::on) {
      expectation.by_register[pcr_secure_boot_policy].value.reset();
    }
  }
  ASTERISM_CHECK(add_surroundings(expectation, options));
  return expectation;
}

}  // namespace asterism::measured_boot::explain
