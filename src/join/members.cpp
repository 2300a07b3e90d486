// SPDX-License-Identifier: Apache-2.0
#include "join/members.hpp"

#include <algorithm>

#include "crypto/public_key.hpp"
#include "join/message.hpp"
#include "join/operator_evidence.hpp"
#include "join/service_judge.hpp"

namespace asterism::join {
namespace {

using attestation::AttestedSession;
using attestation::Binding;
using attestation::bytes_at;
using attestation::Deadline;
using attestation::ImageNames;
using attestation::judge;
using attestation::JudgeRules;
using attestation::Parts;
using attestation::ReferenceValues;
using attestation::Role;
using attestation::TlsIdentity;
using attestation::TrustedAk;
using attestation::VouchedAk;

constexpr std::chrono::seconds timeout{30};
constexpr std::size_t members_max = 10'000;
constexpr JsonLimits limits{.text_bytes = 16U << 20, .depth = 8, .values = 500'000};

template <class T>
Result<T> expect(AttestedSession& session, Deadline deadline) {
  ASTERISM_TRY(const auto bytes, session.receive(deadline), "list of members");
  ASTERISM_TRY(auto message, parse_message(bytes), "list of members");
  if (const auto* const refused = std::get_if<Refusal>(&message))
    return fail(Errc::unverified, "refused ({}): {}", to_string(refused->code), refused->reason);
  auto* const wanted = std::get_if<T>(&message);
  if (!wanted) return fail(Errc::corrupt, "list of members: an answer of another kind");
  return std::move(*wanted);
}

Result<ImageNames> judge_member(const Member& member, const JudgeRules& rules, const ReferenceValues& references,
                                Timestamp now) {
  if (member.binding.size() != Binding{}.size()) return fail(Errc::corrupt, "binding: {} bytes", member.binding.size());
  ASTERISM_TRY(const auto parts, Parts::parse(member.evidence), "evidence");
  std::optional<TrustedAk> ak;
  if (!member.ak_public.empty()) {
    ASTERISM_TRY(auto vouched, VouchedAk::trust(member.ak_public));
    ak = std::move(vouched);
  }
  ASTERISM_TRY(auto facts, judge(parts, ak, rules, references, bytes_at<32>(member.binding, 0), now));
  if (!std::ranges::contains(member.images, *facts.images.begin()))
    return fail(Errc::unverified, "it joined as '{}'", member.images.empty() ? "" : member.images.front());
  return std::move(facts.images);
}

}  // namespace

Result<SignedMembers> ask_for_members(UniqueFd socket, const NodeConfig& config,
                                      const crypto::PrivateKey& operator_key) {
  ASTERISM_TRY(const auto identity, TlsIdentity::make());
  ServiceJudge verifier{config, current_time()};
  OperatorEvidence evidence{operator_key};
  ASTERISM_TRY(auto session, AttestedSession::establish(std::move(socket), Role::client, identity,
                                                        {.deployment = config.cluster,
                                                         .provider = evidence,
                                                         .verifier = verifier,
                                                         .limits = {.message_bytes = message_bytes_max}}));
  const Deadline deadline = std::chrono::steady_clock::now() + timeout;
  ASTERISM_TRY(const auto request, encode(MembersRequest{}));
  ASTERISM_CHECK(session.send(request, deadline));
  ASTERISM_TRY(auto head, expect<MembersList>(session, deadline));
  SignedMembers list{.text = {}, .signature = std::move(head.signature), .key = std::move(head.key)};
  while (list.text.size() < head.size_bytes) {
    ASTERISM_TRY(const auto piece, expect<Piece>(session, deadline));
    list.text += as_text(piece.bytes);
  }
  if (list.text.size() != head.size_bytes) return fail(Errc::corrupt, "list of members: longer than announced");
  return list;
}

Result<std::vector<MemberVerdict>> verify_members(const SignedMembers& list, const std::string& cluster,
                                                  const ReferenceValues& references, const JudgeRules& rules,
                                                  Timestamp now) {
  ASTERISM_TRY(const auto key, crypto::PublicKey::from_spki(list.key), "list of members: key");
  ASTERISM_CHECK(key.verify(as_bytes(list.text), list.signature), "list of members");
  ASTERISM_TRY(const auto document, parse_json(list.text, limits), "list of members");
  ASTERISM_TRY(auto root, JsonObjectDecoder::make(document, "$"));
  ASTERISM_TRY(const auto schema, root.unsigned_integer("schema"));
  if (schema != 1) return fail(Errc::unsupported, "list of members: schema {} (known: 1)", schema);
  ASTERISM_TRY(const auto named, root.string("cluster"));
  if (named != cluster) return fail(Errc::unverified, "list of members: of cluster '{}'", excerpt(named));
  ASTERISM_TRY(const auto time, root.string("time"));
  ASTERISM_CHECK(parse_timestamp(time), "list of members");
  ASTERISM_TRY(const auto* const members, root.array("members"));
  ASTERISM_CHECK(root.finish());
  if (members->size() > members_max) return fail(Errc::unsupported, "list of members: {} entries", members->size());
  std::vector<MemberVerdict> verdicts;
  for (const Json& entry : *members) {
    ASTERISM_TRY(auto member, Member::from_json(entry, std::format("$.members[{}]", verdicts.size())));
    MemberVerdict verdict{.member = std::move(member), .images = {}, .reason = {}};
    auto images = judge_member(verdict.member, rules, references, now);
    if (images) {
      verdict.images = *std::move(images);
    } else {
      verdict.reason = images.error().message();
    }
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

}  // namespace asterism::join
