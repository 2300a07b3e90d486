// SPDX-License-Identifier: Apache-2.0
#include "attestation/tdx/pck_certificate.hpp"

#include <map>

#include "attestation/der.hpp"

namespace asterism::attestation {
namespace {

constexpr std::string_view sgx = "1.2.840.113741.1.13.1";

/// Members of an SGX extension: last arcs of the OID to the value with its DER header.
using Members = std::map<std::string, Bytes, std::less<>>;

Result<Members> read_members(Bytes sequence, std::string_view prefix) {
  Members members;
  DerReader reader{sequence};
  while (!reader.at_end()) {
    ASTERISM_TRY(const auto entry, reader.next(DerTag::sequence));
    DerReader pair{entry};
    ASTERISM_TRY(const auto encoded, pair.next(DerTag::oid));
    ASTERISM_TRY(const auto oid, der_oid(encoded));
    if (!oid.starts_with(prefix) || oid.size() < prefix.size() + 2 || oid[prefix.size()] != '.') {
      return fail(Errc::corrupt, "member {} is not below {}", oid, prefix);
    }
    if (!members.emplace(oid.substr(prefix.size() + 1), pair.rest()).second) {
      return fail(Errc::corrupt, "member {} stands there twice", oid);
    }
  }
  return members;
}

Result<Bytes> member(const Members& members, std::string_view arc, std::string_view name) {
  const auto found = members.find(arc);
  if (found == members.end()) return fail(Errc::corrupt, "{}: missing", name);
  return found->second;
}

template <std::size_t Size>
Result<FixedBytes<Size>> octets(const Members& members, std::string_view arc, std::string_view name) {
  ASTERISM_TRY(const auto value, member(members, arc, name));
  ASTERISM_TRY(const auto content, der_content(value, DerTag::octet_string), "{}", name);
  if (content.size() != Size) return fail(Errc::corrupt, "{}: {} bytes instead of {}", name, content.size(), Size);
  return bytes_at<Size>(content, 0);
}

Result<std::uint64_t> number(const Members& members, const std::string& arc, std::string_view name,
                             std::uint64_t maximum) {
  ASTERISM_TRY(const auto value, member(members, arc, name));
  ASTERISM_TRY(const auto parsed, der_unsigned(value), "{}", name);
  if (parsed > maximum) return fail(Errc::corrupt, "{}: {}", name, parsed);
  return parsed;
}

Result<PckFacts> decode(Bytes extension) {
  ASTERISM_TRY(const auto sequence, der_content(extension, DerTag::sequence));
  ASTERISM_TRY(const auto members, read_members(sequence, sgx));
  for (const auto& [arc, value] : members) {
    if (arc.size() != 1 || arc < "1" || arc > "7") return fail(Errc::corrupt, "unknown member {}", arc);
  }
  PckFacts facts;
  ASTERISM_TRY(facts.ppid, octets<16>(members, "1", "ppid"));
  ASTERISM_TRY(facts.pce_id, octets<2>(members, "3", "pceid"));
  ASTERISM_TRY(facts.fmspc, octets<6>(members, "4", "fmspc"));
  ASTERISM_TRY(const auto tcb, member(members, "2", "tcb"));
  ASTERISM_TRY(const auto tcb_sequence, der_content(tcb, DerTag::sequence), "tcb");
  ASTERISM_TRY(const auto parts, read_members(tcb_sequence, std::format("{}.2", sgx)), "tcb");
  if (parts.size() != 18) return fail(Errc::corrupt, "tcb: {} members instead of 18", parts.size());
  for (std::size_t i = 0; i < facts.components.size(); ++i) {
    const std::string name = std::format("tcb component {}", i + 1);
    ASTERISM_TRY(const auto svn, number(parts, std::to_string(i + 1), name, 255));
    facts.components[i] = static_cast<std::byte>(svn);
  }
  ASTERISM_TRY(const auto pce_svn, number(parts, "17", "pcesvn", 65535));
  facts.pce_svn = static_cast<std::uint16_t>(pce_svn);
  return facts;
}

}  // namespace

Result<PckFacts> read_pck_certificate(const Certificate& certificate) {
  ASTERISM_TRY(const auto extension, certificate.extension(sgx), "PCK certificate");
  ASTERISM_TRY(auto facts, decode(extension), "PCK certificate: SGX extension");
  return facts;
}

}  // namespace asterism::attestation
