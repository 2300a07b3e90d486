// SPDX-License-Identifier: Apache-2.0
// Programs that the firmware started: PCR 4 and RTMR 1. Their paths in the log are claims, so only digests decide.
#include <algorithm>
#include <array>

#include "event-log/event_type.hpp"
#include "measured-boot/explain/rules.hpp"

namespace asterism::measured_boot::explain {
namespace {

using Answer = Result<std::optional<Cause>>;

bool is_image(const ObservedEvent* event) {
  return event && event->type == event_log::event_type::efi_boot_services_application;
}

bool about_images(const Case& one) {
  return one.expects(Part::boot_action) || one.expects(Part::boot_loader) || one.expects(Part::uki) ||
         one.expects(Part::inner_kernel) || is_image(one.observed()) || one.observes(Part::boot_action);
}

std::string with_path(const ObservedEvent* event) {
  return event ? std::format("the log calls it {}", event->text) : std::string{};
}

/// The digest that an expected image has, in any register.
const Digest* digest_of_part(const BootView& boot, Part part) {
  for (const auto& [number, view] : boot.registers) {
    for (const ExpectedEvent& event : view.expected->events) {
      if (event.part == part && event.digest) return &*event.digest;
    }
  }
  return nullptr;
}

bool has_digest(const RegisterView& view, const Digest* digest) {
  return digest &&
         std::ranges::any_of(view.observed, [&](const ObservedEvent* event) { return event->digest == *digest; });
}

/// Another boot option was tried where the register holds more actions of that kind than expected.
Answer boot_attempt(const Case& one) {
  if (!about_images(one)) return std::nullopt;
  for (const ObservedEvent* event : one.view.observed) {
    ASTERISM_TRY(const bool returned, is_digest_of(*event, as_bytes(returning_action)));
    if (!returned) continue;
    const auto place = std::ranges::find(one.view.observed, event);
    const bool with_program = place != one.view.observed.begin() && is_image(*(place - 1));
    return make_cause(CauseId::extra_boot_attempt, Part::boot_options, {},
                      with_program ? with_path(*(place - 1)) : std::string{});
  }
  if (!one.observed() || one.expected()) return std::nullopt;
  ASTERISM_TRY(const bool called, is_digest_of(*one.observed(), as_bytes(calling_action)));
  if (!called) return std::nullopt;
  return make_cause(CauseId::extra_boot_attempt, Part::boot_options);
}

/// An image that somebody knows explains itself best.
Answer known_image(const Case& one) {
  for (const ObservedEvent& event : one.boot.observed) {
    const auto found = std::ranges::find(one.boot.known, event.digest, &KnownImage::uki);
    const Digest* expected = digest_of_part(one.boot, Part::uki);
    if (found == one.boot.known.end() || (expected && found->uki == *expected)) continue;
    const bool concerned = about_images(one) || one.expects(Part::section) || one.expects(Part::section_name) ||
                           one.expects(Part::command_line) || one.expects(Part::initrd);
    if (!concerned) return std::nullopt;
    return make_cause(found->debug ? CauseId::debug_image : CauseId::known_image, Part::uki, {}, found->name);
  }
  return std::nullopt;
}

Answer boot_loader(const Case& one) {
  if (!one.expects(Part::boot_loader)) return std::nullopt;
  const Digest* uki = digest_of_part(one.boot, Part::uki);
  const bool uki_instead = uki && one.observed() && one.observed()->digest == *uki;
  if (!one.observed() || uki_instead) return make_cause(CauseId::no_boot_loader, Part::boot_loader);
  if (one.view.observed.size() + 1 ==
      one.view.expected->events.size()) {  // one image less, and the one left is another
    return make_cause(CauseId::no_boot_loader, Part::boot_loader, {}, with_path(one.observed()));
  }
  return make_cause(CauseId::other_boot_loader, Part::boot_loader, {}, with_path(one.observed()));
}

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

Answer uki(const Case& one) {
  if (!one.expects(Part::uki) || !one.observed()) return std::nullopt;
  if (!is_image(one.observed())) return std::nullopt;
  const auto sections = one.boot.changed_sections();
  if (!sections.empty()) {
    return make_cause(CauseId::other_uki, Part::uki, {}, std::format("it differs in {}", join(sections)));
  }
  const bool compared = std::ranges::any_of(one.boot.registers, [](const auto& item) {
    const auto& steps = item.second.steps;
    return std::ranges::any_of(item.second.expected->events,
                               [](const auto& event) { return event.part == Part::section; }) &&
           std::ranges::none_of(steps, [](const Step& step) { return step.kind == StepKind::missing; });
  });
  if (compared) {
    return make_cause(CauseId::other_stub_version, Part::uki, {}, "all measured sections are the expected ones");
  }
  return make_cause(CauseId::other_uki, Part::uki, {}, with_path(one.observed()));
}

Answer inner_kernel(const Case& one) {
  const Digest* kernel = digest_of_part(one.boot, Part::inner_kernel);
  const bool missing = one.expects(Part::inner_kernel) && !one.observed();
  const bool behind_uki =
      is_image(one.observed()) && !one.expected() && has_digest(one.view, digest_of_part(one.boot, Part::uki));
  if (!missing && !behind_uki) return std::nullopt;
  ASTERISM_TRY(const auto state, observed_secure_boot(one.boot));
  if (missing) {
    if (state == SecureBoot::on) return make_cause(CauseId::secure_boot_on, Part::inner_kernel);
    return make_cause(CauseId::other_stub_version, Part::inner_kernel, {}, "it starts the kernel without the firmware");
  }
  if (kernel || state == one.boot.expectation->secure_boot || !state) return std::nullopt;
  if (*state == SecureBoot::on) return std::nullopt;
  const CauseId id = *state == SecureBoot::off ? CauseId::secure_boot_off : CauseId::secure_boot_absent;
  return make_cause(id, Part::inner_kernel, {}, "without it the firmware measures the kernel too");
}

Answer further_image(const Case& one) {
  if (!is_image(one.observed()) || one.expected()) return std::nullopt;
  if (one.boot.has_unexpected_configuration()) {
    return make_cause(CauseId::addon_loaded, Part::boot_configuration, {}, with_path(one.observed()));
  }
  return make_cause(CauseId::extra_program, Part::program, {}, with_path(one.observed()));
}

Answer image_missing(const Case& one) {
  if (!one.expects(Part::uki) || one.observed()) return std::nullopt;
  return make_cause(CauseId::other_uki, Part::uki, {}, "none was started");
}

/// Another image in the place of the kernel inside the UKI: it is the kernel if .linux differs, else an add-on.
Answer other_inner_kernel(const Case& one) {
  if (!one.expects(Part::inner_kernel) || !is_image(one.observed())) return std::nullopt;
  if (one.boot.changed(Part::section, ".linux")) return make_cause(CauseId::other_kernel, Part::inner_kernel);
  if (one.difference.kind == DifferenceKind::value) return make_cause(CauseId::other_kernel, Part::inner_kernel);
  return make_cause(CauseId::extra_program, Part::program, {}, with_path(one.observed()));
}

constexpr std::array<Rule, 8> rules{known_image,  boot_attempt,  boot_loader,        uki,
                                    inner_kernel, further_image, other_inner_kernel, image_missing};

}  // namespace

std::span<const Rule> image_rules() noexcept {
  return rules;
}

}  // namespace asterism::measured_boot::explain
