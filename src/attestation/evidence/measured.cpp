// SPDX-License-Identifier: Apache-2.0
#include "attestation/evidence/measured.hpp"

#include "attestation/evidence/wire.hpp"

namespace asterism::attestation {
namespace {

constexpr std::size_t events_max = 64;
constexpr std::uint64_t text_kind = 0;

Result<MeasuredEvent> parse_event(WireReader& reader) {
  ASTERISM_TRY(const auto kind, reader.number(1, "kind"));
  ASTERISM_TRY(const auto size, reader.number(2, "length"));
  ASTERISM_TRY(const auto content, reader.bytes(size, "content"));
  if (kind == text_kind) {
    const std::string text{as_text(content)};
    if (text.empty() || printable(text) != text) return fail(Errc::corrupt, "words that are not printable");
    return MeasuredEvent{.text = text, .digest = {}};
  }
  if (kind > hash_algorithms.size()) return fail(Errc::corrupt, "kind {}", kind);
  ASTERISM_TRY(const auto digest, Digest::from_bytes(hash_algorithms[kind - 1], content));
  return MeasuredEvent{.text = {}, .digest = digest};
}

}  // namespace

Result<std::vector<std::byte>> encode_pcrs(const PcrValues& pcrs) {
  if (pcrs.empty()) return fail(Errc::usage, "no PCRs");
  const HashAlgorithm bank = pcrs.begin()->second.algorithm();
  std::vector<std::byte> out;
  append_be(out, bank == HashAlgorithm::sha256 ? 0 : 1, 1);
  std::uint32_t mask = 0;
  for (const auto& [index, value] : pcrs) {
    if (index >= 32 || value.algorithm() != bank) return fail(Errc::usage, "PCR {} does not belong there", index);
    mask |= 1U << index;
    append(out, value.bytes());
  }
  if (mask != quoted_pcr_mask) return fail(Errc::usage, "PCRs {:#x} instead of {:#x}", mask, quoted_pcr_mask);
  return out;
}

Result<PcrValues> parse_pcrs(Bytes bytes) {
  WireReader reader{bytes};
  ASTERISM_TRY(const auto number, reader.number(1, "bank"));
  if (number >= hash_algorithms.size()) return fail(Errc::corrupt, "bank {}", number);
  const HashAlgorithm bank = hash_algorithms[number];
  PcrValues pcrs;
  for (unsigned index = 0; index < 32; ++index) {
    if (((quoted_pcr_mask >> index) & 1) == 0) continue;
    ASTERISM_TRY(const auto value, reader.bytes(digest_size_bytes(bank), "PCR"));
    ASTERISM_TRY(const auto digest, Digest::from_bytes(bank, value));
    pcrs.emplace(index, digest);
  }
  ASTERISM_CHECK(reader.finish("PCRs"));
  return pcrs;
}

std::vector<std::byte> encode_events(const std::vector<MeasuredEvent>& events) {
  std::vector<std::byte> out;
  for (const MeasuredEvent& event : events) {
    const bool words = !event.digest;
    const Bytes content = words ? as_bytes(event.text) : event.digest->bytes();
    const bool sha256_digest = !words && event.digest->algorithm() == HashAlgorithm::sha256;
    append_be(out, words ? text_kind : (sha256_digest ? 1U : 2U), 1);
    append_be(out, content.size(), 2);
    append(out, content);
  }
  return out;
}

Result<std::vector<MeasuredEvent>> parse_events(Bytes bytes) {
  WireReader reader{bytes};
  std::vector<MeasuredEvent> events;
  while (!reader.at_end()) {
    if (events.size() == events_max) return fail(Errc::corrupt, "more than {} events", events_max);
    ASTERISM_TRY(auto event, parse_event(reader), "event {}", events.size());
    events.push_back(std::move(event));
  }
  return events;
}

Result<Digest> digest_of(const MeasuredEvent& event, HashAlgorithm bank) {
  if (!event.digest) return hash(bank, as_bytes(event.text));
  if (event.digest->algorithm() != bank) {
    return fail(Errc::unverified, "an event's digest is not of bank {}", to_string(bank));
  }
  return *event.digest;
}

Result<Digest> replay(const std::vector<MeasuredEvent>& events, HashAlgorithm bank) {
  Digest value{bank};
  for (const MeasuredEvent& event : events) {
    ASTERISM_TRY(const auto digest, digest_of(event, bank));
    ASTERISM_TRY(value, hash(bank, {value.bytes(), digest.bytes()}));
  }
  return value;
}

std::string cluster_event(std::string_view cluster) {
  return std::format("asterism cluster {}", cluster);
}

std::string recovery_event(std::string_view operator_id) {
  return std::format("asterism recovery {}", operator_id);
}

Result<std::string> node_config_event(Bytes document) {
  ASTERISM_TRY(const auto digest, sha256(document));
  return std::format("asterism node-config sha256:{}", digest.hex());
}

}  // namespace asterism::attestation
