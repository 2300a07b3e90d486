// SPDX-License-Identifier: Apache-2.0
#include "attestation/evidence/parts.hpp"

#include <algorithm>
#include <array>

#include "attestation/evidence/wire.hpp"

namespace asterism::attestation {
namespace {

constexpr std::uint8_t format_version = 1;

constexpr std::array<std::string_view, 19> names{"",
                                                 "snp_report",
                                                 "snp_certificates",
                                                 "tdx_quote",
                                                 "tpm_attest",
                                                 "tpm_signature",
                                                 "tpm_pcrs",
                                                 "measured_events",
                                                 "firmware_log",
                                                 "ak_public",
                                                 "ek_certificate",
                                                 "ek_intermediate",
                                                 "challenge_answer",
                                                 "paravisor_report",
                                                 "image",
                                                 "manifest",
                                                 "manifest_signature",
                                                 "operator_key",
                                                 "operator_signature"};

std::size_t count_max(Part part) {
  if (part == Part::ek_intermediate) return 4;
  return part == Part::manifest_signature ? 8 : 1;
}

}  // namespace

std::string_view to_string(Part part) noexcept {
  const auto number = static_cast<std::size_t>(part);
  return number < names.size() ? names[number] : std::string_view{};
}

Result<Parts> Parts::parse(Bytes bytes) {
  WireReader reader{bytes};
  ASTERISM_TRY(const auto version, reader.number(1, "version"));
  if (version != format_version) return fail(Errc::unsupported, "version {} of evidence (known: 1)", version);
  Parts parts;
  while (!reader.at_end()) {
    ASTERISM_TRY(const auto number, reader.number(1, "part"));
    if (number == 0 || number >= names.size()) return fail(Errc::unsupported, "part {} is not known", number);
    const Part part{static_cast<std::uint8_t>(number)};
    ASTERISM_TRY(const auto size, reader.number(4, to_string(part)));
    ASTERISM_TRY(const auto content, reader.bytes(size, to_string(part)));
    if (!parts.entries_.empty() && parts.entries_.back().part > part) {
      return fail(Errc::corrupt, "{} stands behind {}", to_string(part), to_string(parts.entries_.back().part));
    }
    if (parts.all(part).size() == count_max(part)) {
      return fail(Errc::corrupt, "{} comes more than {} times", to_string(part), count_max(part));
    }
    parts.entries_.push_back({part, content});
  }
  return parts;
}

void Parts::add(Part part, Bytes content) {
  const auto place = std::ranges::upper_bound(entries_, part, {}, &Entry::part);
  entries_.insert(place, Entry{part, content});
}

std::vector<std::byte> Parts::encode() const {
  std::vector<std::byte> out{std::byte{format_version}};
  for (const Entry& entry : entries_) {
    append_be(out, static_cast<std::uint64_t>(entry.part), 1);
    append_be(out, entry.content.size(), 4);
    append(out, entry.content);
  }
  return out;
}

std::optional<Bytes> Parts::find(Part part) const {
  const auto found = std::ranges::find(entries_, part, &Entry::part);
  return found == entries_.end() ? std::nullopt : std::optional{found->content};
}

Result<Bytes> Parts::need(Part part) const {
  const auto found = find(part);
  if (!found) return fail(Errc::unverified, "{}: missing", to_string(part));
  return *found;
}

std::vector<Bytes> Parts::all(Part part) const {
  std::vector<Bytes> found;
  for (const Entry& entry : entries_)
    if (entry.part == part) found.push_back(entry.content);
  return found;
}

}  // namespace asterism::attestation
