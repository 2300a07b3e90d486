// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/prediction.hpp"

#include <algorithm>

#include "efi/utf16.hpp"
#include "measured-boot/boot_events.hpp"
#include "measured-boot/boot_plan.hpp"
#include "measured-boot/uki.hpp"

namespace asterism::measured_boot {
namespace {

/// The parsed chain; refers to the files.
struct Chain {
  Uki uki;
  std::optional<efi::PeImage> boot_loader;
};

Result<Chain> parse_chain(const BootFiles& files) {
  ASTERISM_TRY(auto uki, Uki::parse(files.uki.content.view()), "'{}'", printable(files.uki.path));
  std::optional<efi::PeImage> loader;
  if (files.boot_loader) {
    ASTERISM_TRY(loader, efi::PeImage::parse(files.boot_loader->content.view()), "'{}'",
                 printable(files.boot_loader->path));
  }
  return Chain{.uki = std::move(uki), .boot_loader = std::move(loader)};
}

Result<BootPlan> plan_boot(const Chain& chain, const PredictOptions& options) {
  ASTERISM_TRY(auto plan, BootPlan::make(chain.uki, chain.boot_loader ? &*chain.boot_loader : nullptr));
  const unsigned first = options.profile.value_or(0);
  const unsigned last = options.profile.value_or(chain.uki.profile_count() - 1);
  for (unsigned number = first; number <= last; ++number)
    ASTERISM_CHECK(plan.add_profile(number));
  ASTERISM_CHECK(plan.run(std::max(options.threads, 1U), options.done_with));
  return plan;
}

Measurements describe(const BootFiles& files, const Chain& chain, const BootPlan& plan) {
  Measurements result;
  result.uki = {.path = files.uki.path,
                .size_bytes = files.uki.content.view().size(),
                .version = chain.uki.stub_version().text,
                .authenticode = plan.uki_digests()};
  if (chain.boot_loader) {
    const auto version = read_boot_loader_version(*chain.boot_loader);
    result.boot_loader = ImageFacts{.path = files.boot_loader->path,
                                    .size_bytes = files.boot_loader->content.view().size(),
                                    .version = version ? version->text : std::string{},
                                    .authenticode = *plan.boot_loader_digests()};
  }
  const BootPlan::Profile& profile = plan.profiles().front();
  for (std::size_t i = 0; i < profile.sections.size(); ++i) {
    const UkiSection& section = profile.sections[i];
    result.sections.push_back({.name = std::string{section.name},
                               .measured = section.measured,
                               .size_bytes = section.content.size(),
                               .digests = plan.digests(profile.section_ids[i])});
  }
  const BootDigests digests = plan.boot_digests(profile);
  result.kernel = {.authenticode = digests.inner_kernel, .initrd = digests.initrd};
  if (chain.uki.model().host_shapes_boot) {
    result.notes.emplace_back("PCR 9 holds where no boot secret is set up (EFI variable LoaderBootSecret)");
    if (!efi::utf16_to_utf8(profile.command_line).contains("console=")) {
      result.notes.emplace_back(
          "PCR 9 depends on the machine: without console= in .cmdline, the stub appends one for the devices it finds");
    }
  }
  if (chain.uki.model().initrd_pcr_extended) {
    result.notes.emplace_back("PCR 9 holds until userspace initialises an NvPCR, which extends it further");
  }
  return result;
}

Result<Prediction> predict_profile(const Chain& chain, const BootPlan& plan, const BootPlan::Profile& profile,
                                   SecureBoot state, const std::optional<std::vector<Event>>& policy) {
  Prediction prediction;
  prediction.secure_boot = state;
  prediction.profile = profile.number;
  prediction.command_line = efi::utf16_to_utf8(profile.command_line);
  prediction.pcrs = {pcr_boot_loader_code, pcr_kernel_initrd, pcr_kernel_boot,
                     pcr_kernel_config,    pcr_sysexts,       pcr_system_identity};
  if (policy) {
    prediction.pcrs.push_back(pcr_secure_boot_policy);
    std::ranges::sort(prediction.pcrs);
    prediction.events = *policy;
  }
  ASTERISM_TRY(const auto events, boot_events(chain.uki.model(), state, profile.number, plan.boot_digests(profile)));
  std::ranges::copy_if(events, std::back_inserter(prediction.events),
                       [&](const Event& event) { return std::ranges::contains(prediction.pcrs, event.pcr); });
  return prediction;
}

/// Adds the predictions for one state of Secure Boot, or why there are none.
Result<> predict_state(Measurements& result, const Chain& chain, const BootPlan& plan, SecureBoot state,
                       const std::optional<SecureBootVariables>& variables) {
  std::optional<std::vector<Event>> policy;
  if (variables) {
    std::vector<LoadedImage> images;
    if (chain.boot_loader) {
      images.push_back({.image = &*chain.boot_loader,
                        .digests = &result.boot_loader->authenticode,
                        .name = result.boot_loader->path});
    }
    images.push_back({.image = &chain.uki.image(), .digests = &result.uki.authenticode, .name = result.uki.path});
    auto events = secure_boot_events(state, *variables, images);
    if (!events && events.error().code() == Errc::unverified) {
      result.refusals.push_back({.secure_boot = state, .reason = events.error().message()});
      return {};
    }
    ASTERISM_TRY(policy, std::move(events));
  }
  for (const BootPlan::Profile& profile : plan.profiles()) {
    ASTERISM_TRY(auto prediction, predict_profile(chain, plan, profile, state, policy));
    result.predictions.push_back(std::move(prediction));
  }
  return {};
}

}  // namespace

Result<Measurements> predict(const BootFiles& files, const PredictOptions& options) {
  ASTERISM_TRY(const auto chain, parse_chain(files));
  ASTERISM_TRY(const auto plan, plan_boot(chain, options), "'{}'", printable(files.uki.path));
  Measurements result = describe(files, chain, plan);
  for (const SecureBoot state : options.states) {
    ASTERISM_CHECK(predict_state(result, chain, plan, state, options.variables));
  }
  if (result.predictions.empty() && !result.refusals.empty()) {
    return fail(Errc::unverified, "{}", result.refusals.front().reason);
  }
  return result;
}

}  // namespace asterism::measured_boot
