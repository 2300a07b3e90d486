// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/rtmr.hpp"

#include <array>
#include <charconv>

#include "measured-boot/uki.hpp"

namespace asterism::measured_boot {
namespace {

constexpr unsigned first_measuring_plain = 256;   // systemd: EV_IPL to the confidential computing protocol
constexpr unsigned first_measuring_tagged = 261;  // systemd: EV_EVENT_TAG too
constexpr std::array<std::byte, 4> separator{};
constexpr std::string_view boot_services_end = "Exit Boot Services Invocation";
constexpr std::string_view boot_services_ended = "Exit Boot Services Returned with Success";

Result<RtmrEvent> event_of(RtmrIndex rtmr, std::string what, Bytes data) {
  ASTERISM_TRY(const auto digest, sha384(data), "event '{}'", what);
  return RtmrEvent{.rtmr = rtmr, .what = std::move(what), .digest = digest, .why = {}};
}

bool is_separator(const Event& event) {
  return event.what == "separator";
}

/// Whether whoever measured this event into PCR 9, 11, 12 or 13 also measured it for the TD.
bool measured_for_td(const Event& event, const TdxActors& actors) {
  if (event.stage == Stage::kernel) return actors.kernel_measures;
  if (event.stage == Stage::boot_loader) return actors.boot_loader.value_or(0) >= first_measuring_plain;
  if (event.stage != Stage::stub) return false;
  // The stub tags what it measures into PCR 12 here, the number of a profile; sections are plain events.
  const bool tagged = event.pcr == pcr_kernel_config;
  return actors.stub >= (tagged ? first_measuring_tagged : first_measuring_plain);
}

}  // namespace

Result<TdxActors> tdx_actors(const BootFiles& files) {
  TdxActors actors;
  ASTERISM_TRY(const auto uki, Uki::parse(files.uki.content.view()), "'{}'", printable(files.uki.path));
  actors.stub = uki.stub_version().major;
  ASTERISM_TRY(const auto sections, uki.sections(0));
  if (const UkiSection* release = find_section(sections, ".uname")) {
    actors.kernel_measures = kernel_measures_to_tdx(as_text(release->content.data));
  }
  if (files.boot_loader) {
    ASTERISM_TRY(const auto loader, efi::PeImage::parse(files.boot_loader->content.view()), "'{}'",
                 printable(files.boot_loader->path));
    ASTERISM_TRY(const auto version, read_boot_loader_version(loader), "'{}'", printable(files.boot_loader->path));
    actors.boot_loader = version.major;
  }
  return actors;
}

bool kernel_measures_to_tdx(std::string_view release) {
  constexpr unsigned first_major = 6;
  constexpr unsigned first_minor = 9;
  unsigned major = 0;
  unsigned minor = 0;
  const char* const end = release.data() + release.size();
  const auto head = std::from_chars(release.data(), end, major);
  if (head.ec != std::errc{} || head.ptr == end || *head.ptr != '.') return true;
  if (std::from_chars(head.ptr + 1, end, minor).ec != std::errc{}) return true;
  return major > first_major || (major == first_major && minor >= first_minor);
}

Result<std::vector<RtmrEvent>> rtmr1_events(std::span<const Event> boot, const TdxActors& actors, Bytes gpt_event,
                                            bool separator_here) {
  if (actors.boot_loader.value_or(0) >= first_measuring_tagged) {
    return fail(Errc::unsupported, "systemd-boot {} measures loader.conf into RTMR 1, which is not predicted",
                *actors.boot_loader);
  }
  std::vector<RtmrEvent> events;
  for (const Event& event : boot) {
    if (event.pcr != pcr_boot_loader_code || event.stage > Stage::kernel) continue;
    if (!is_separator(event) || separator_here) {
      events.push_back({.rtmr = 1, .what = event.what, .digest = event.digests.sha384, .why = {}});
    }
    if (!is_separator(event)) continue;
    // The firmware measures the GPT when it loads the first image from the disk, and before that image.
    ASTERISM_TRY(auto gpt, event_of(1, "partition table", gpt_event));
    events.push_back(std::move(gpt));
  }
  for (const std::string_view action : {boot_services_end, boot_services_ended}) {
    ASTERISM_TRY(auto event, event_of(1, std::format("action: {}", action), as_bytes(action)));
    events.push_back(std::move(event));
  }
  return events;
}

std::vector<RtmrEvent> rtmr2_events(std::span<const Event> boot, const TdxActors& actors) {
  std::vector<RtmrEvent> events;
  for (const Event& event : boot) {
    if (event.pcr < 8 || !measured_for_td(event, actors)) continue;
    events.push_back({.rtmr = 2, .what = event.what, .digest = event.digests.sha384, .why = {}});
  }
  return events;
}

Result<std::vector<RtmrEvent>> rtmr0_events(const std::vector<Rtmr0Event>& list, Bytes configuration_volume,
                                            SecureBoot state, const SecureBootVariables& variables) {
  ASTERISM_TRY(const auto policy, secure_boot_events(state, variables, {}));
  std::vector<RtmrEvent> events;
  for (const Rtmr0Event& row : list) {
    RtmrEvent event{.rtmr = 0, .what = row.what, .digest = std::nullopt, .why = row.why};
    if (row.value == "cfv") {
      ASTERISM_TRY(event.digest, sha384(configuration_volume));
    } else if (row.value == "separator") {
      ASTERISM_TRY(event.digest, sha384(separator));
    } else if (row.value != "none") {
      for (const Event& variable : policy) {
        if (variable.what == std::format("variable {}", row.value)) event.digest = variable.digests.sha384;
      }
    }
    events.push_back(std::move(event));
  }
  return events;
}

Result<Digest> replay_rtmr(std::span<const RtmrEvent> events) {
  Digest value{HashAlgorithm::sha384};
  for (const RtmrEvent& event : events) {
    if (!event.digest) return fail(Errc::usage, "'{}' depends on the machine", event.what);
    ASTERISM_TRY(value, hash(HashAlgorithm::sha384, {value.bytes(), event.digest->bytes()}));
  }
  return value;
}

}  // namespace asterism::measured_boot
