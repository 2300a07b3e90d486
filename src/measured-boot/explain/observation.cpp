// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/explain/observation.hpp"

#include "event-log/data_check.hpp"
#include "event-log/decode.hpp"
#include "event-log/event_type.hpp"
#include "event-log/text.hpp"

namespace asterism::measured_boot::explain {
namespace {

namespace event_type = event_log::event_type;

Part part_of_tag(std::uint32_t id) {
  switch (id) {
    case tag_load_options:
      return Part::command_line;
    case tag_initrd:
      return Part::initrd;
    case tag_loader_conf:
      return Part::loader_configuration;
    case tag_profile:
      return Part::profile;
    default:
      return Part::boot_configuration;
  }
}

}  // namespace

Result<std::vector<ObservedEvent>> observe(const BootLogs& logs, HashAlgorithm bank) {
  std::vector<ObservedEvent> events;
  const std::size_t uintn_bytes = logs.log.spec.uintn_size == 1 ? 4 : 8;
  for (std::size_t i = 0; i < logs.log.events.size(); ++i) {
    const auto& logged = logs.log.events[i];
    if (logged.type == event_type::no_action) continue;
    const auto digest = event_log::digest_of(logged, bank);
    if (!digest) return fail(Errc::unverified, "the log has no {} digests", to_string(bank));
    ObservedEvent event{.number = i,
                        .offset = logged.offset,
                        .register_number = logged.register_number,
                        .type = logged.type,
                        .type_name = event_log::event_type_name(logged.type),
                        .text = {},
                        .digest = *digest,
                        .data = logged.data,
                        .facts = event_log::decode(logged, uintn_bytes)};
    event.text = to_text(event.facts);
    events.push_back(std::move(event));
  }
  for (std::size_t i = 0; i < logs.userspace.size(); ++i) {
    const auto& logged = logs.userspace[i];
    if (!logged.pcr) continue;
    const auto digest = logged.digests.find(bank);
    if (digest == logged.digests.end()) {
      return fail(Errc::unverified, "systemd's log has a record without a {} digest, at offset {:#x}", to_string(bank),
                  logged.offset);
    }
    events.push_back({.number = i,
                      .offset = logged.offset,
                      .userspace = true,
                      .register_number = *logged.pcr,
                      .type = userspace_event_type,
                      .type_name = "systemd " + excerpt(logged.event_type),
                      .text = excerpt(logged.text),
                      .digest = digest->second,
                      .facts = event_log::TextFacts{.text = printable(logged.event_type)}});
  }
  return events;
}

Part part_of(const ObservedEvent& event) {
  if (const auto* variable = std::get_if<event_log::VariableFacts>(&event.facts)) {
    if (event.type == event_type::efi_variable_driver_config && variable->name == "SecureBoot") {
      return Part::secure_boot_state;
    }
  }
  if (const auto* tagged = std::get_if<event_log::TaggedFacts>(&event.facts)) return part_of_tag(tagged->id);
  if (const auto* text = std::get_if<event_log::TextFacts>(&event.facts)) {
    if (event.type == event_type::efi_action && text->text.starts_with("Exit Boot Services")) {
      return Part::exit_boot_services;
    }
    if (event.type == event_type::ipl && text->text.starts_with('.') && text->text.size() <= 8) return Part::section;
    if (event.userspace && text->text == "phase") return Part::phase;
  }
  return part_of_type(event.type);
}

std::string subject_of(const ObservedEvent& event) {
  if (const auto* variable = std::get_if<event_log::VariableFacts>(&event.facts)) return variable->name;
  const Part part = part_of(event);
  if (part == Part::section) return std::get<event_log::TextFacts>(event.facts).text;
  return part == Part::phase ? event.text : std::string{};
}

Result<bool> is_digest_of(const ObservedEvent& event, Bytes content) {
  ASTERISM_TRY(const auto digest, hash(event.digest.algorithm(), content));
  return digest == event.digest;
}

}  // namespace asterism::measured_boot::explain
