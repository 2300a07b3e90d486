// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attestation/tpm/evidence.hpp"

namespace asterism::attestation {

/// The PCRs that nodes quote: all that firmware, boot loader, kernel and system measure into, but PCR 10, whose log
/// (IMA) nobody sends.
inline constexpr std::uint32_t quoted_pcr_mask = 0xfbff;
/// Where a node's cluster, configuration and state disk are measured. @source UAPI TPM2 PCR registry, system-identity.
inline constexpr unsigned identity_pcr = 15;

/// Values of quoted_pcr_mask in one bank: bank (1 byte: 0 SHA-256, 1 SHA-384), then the values by index.
/// @errors `usage` unless exactly those are there, all of one bank.
[[nodiscard]] Result<std::vector<std::byte>> encode_pcrs(const PcrValues& pcrs);
/// @errors `corrupt` for another length or bank.
[[nodiscard]] Result<PcrValues> parse_pcrs(Bytes bytes);

/// Something that was measured into PCR 15: words, or only a digest where the words are not what was hashed.
struct MeasuredEvent {
  std::string text;              ///< printable, or empty
  std::optional<Digest> digest;  ///< what was extended, where it is not the digest of `text`

  friend bool operator==(const MeasuredEvent&, const MeasuredEvent&) = default;
};

/// Each event: kind (1 byte: 0 words, 1 SHA-256, 2 SHA-384), length (2 bytes), content. At most 64 events.
[[nodiscard]] std::vector<std::byte> encode_events(const std::vector<MeasuredEvent>& events);
/// @errors `corrupt`, also for words that are not printable.
[[nodiscard]] Result<std::vector<MeasuredEvent>> parse_events(Bytes bytes);

/// The digest that an event extended in that bank. @errors `unverified` if only another bank's is known; `internal`.
[[nodiscard]] Result<Digest> digest_of(const MeasuredEvent& event, HashAlgorithm bank);
/// The value of a PCR that started at zero and was extended by these. @errors as digest_of().
[[nodiscard]] Result<Digest> replay(const std::vector<MeasuredEvent>& events, HashAlgorithm bank);

/// The words that are measured when a node has joined.
[[nodiscard]] std::string cluster_event(std::string_view cluster);
/// The words that are measured before a node uses a disk key that an operator gave it.
/// @param operator_id SHA-256 of the operator's public key, in hexadecimal.
[[nodiscard]] std::string recovery_event(std::string_view operator_id);
/// The words that are measured before a node uses its configuration. @errors `internal`.
[[nodiscard]] Result<std::string> node_config_event(Bytes document);

}  // namespace asterism::attestation
