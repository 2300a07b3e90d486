// SPDX-License-Identifier: Apache-2.0
#include "event-log/replay.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "event-log/data_check.hpp"
#include "event-log/decode.hpp"
#include "event-log/event_type.hpp"

namespace asterism::event_log {
namespace {

constexpr std::array<std::uint8_t, 3> localities{0, 3, 4};

/// A PCR before its first event: zeros, and the locality in the last byte.
Result<Digest> initial_value(HashAlgorithm bank, std::uint8_t locality) {
  std::array<std::byte, digest_size_bytes(HashAlgorithm::sha384)> value{};
  const std::size_t size = digest_size_bytes(bank);
  value.at(size - 1) = std::byte{locality};
  return Digest::from_bytes(bank, Bytes{value}.first(size));
}

Result<> extend(RegisterValues& registers, std::uint32_t number, const Digest& digest, const Digest& initial) {
  const auto [place, added] = registers.try_emplace(number, initial);
  ASTERISM_TRY(place->second, hash(digest.algorithm(), {place->second.bytes(), digest.bytes()}));
  return {};
}

Result<RegisterValues> replay_bank(const EventLog& log, std::span<const UserspaceEvent> userspace, HashAlgorithm bank,
                                   std::uint8_t locality) {
  RegisterValues registers;
  const Digest zeros{bank};
  ASTERISM_TRY(const auto first, initial_value(bank, locality));
  for (const LoggedEvent& event : log.events) {
    if (event.type == event_type::no_action) continue;
    ASTERISM_TRY(const auto digest, digest_of(event, bank));
    const bool is_pcr_0 = log.registers == RegisterSet::tpm && event.register_number == 0;
    ASTERISM_CHECK(extend(registers, event.register_number, digest, is_pcr_0 ? first : zeros));
  }
  for (const UserspaceEvent& event : userspace) {
    if (!event.pcr) continue;
    const auto digest = event.digests.find(bank);
    if (digest == event.digests.end()) {
      return fail(Errc::corrupt, "the userspace log's record at offset {:#x} has no {} digest", event.offset,
                  to_string(bank));
    }
    ASTERISM_CHECK(extend(registers, *event.pcr, digest->second, *event.pcr == 0 ? first : zeros));
  }
  return registers;
}

}  // namespace

Result<std::uint8_t> startup_locality(const EventLog& log) {
  std::optional<std::uint8_t> locality;
  bool extended = false;
  for (const LoggedEvent& event : log.events) {
    if (event.type != event_type::no_action) {
      extended = extended || event.register_number == 0;
      continue;
    }
    const Facts facts = decode(event);
    const auto* startup = std::get_if<StartupLocalityFacts>(&facts);
    if (!startup) continue;
    if (log.registers != RegisterSet::tpm || locality || extended ||
        !std::ranges::contains(localities, startup->locality)) {
      return fail(Errc::corrupt,
                  "StartupLocality {} at offset {:#x}: only 0, 3 and 4 exist, once, before PCR 0's "
                  "first event",
                  startup->locality, event.offset);
    }
    locality = startup->locality;
  }
  return locality.value_or(0);
}

std::vector<HashAlgorithm> computable_banks(const EventLog& log) {
  std::vector<HashAlgorithm> banks;
  for (const HashAlgorithm bank : {HashAlgorithm::sha384, HashAlgorithm::sha256}) {
    if (std::ranges::contains(log.spec.algorithms, algorithm_id(bank), &AlgorithmSize::id)) banks.push_back(bank);
  }
  return banks;
}

Result<ReplayedBanks> replay(const EventLog& log, std::span<const UserspaceEvent> userspace) {
  if (log.registers == RegisterSet::tdx && !userspace.empty()) {
    return fail(Errc::usage, "a userspace log belongs to a TPM's log: systemd extends PCRs, not RTMRs");
  }
  ASTERISM_TRY(const auto locality, startup_locality(log));
  ReplayedBanks banks;
  for (const HashAlgorithm bank : computable_banks(log)) {
    ASTERISM_TRY(auto registers, replay_bank(log, userspace, bank, locality));
    banks.emplace(bank, std::move(registers));
  }
  return banks;
}

}  // namespace asterism::event_log
