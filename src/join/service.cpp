// SPDX-License-Identifier: Apache-2.0
#include "join/service.hpp"

#include <filesystem>

#include <sys/socket.h>

#include "common/base64.hpp"
#include "common/fs.hpp"
#include "crypto/public_key.hpp"
#include "join/csr.hpp"
#include "join/list_key.hpp"
#include "join/operator_evidence.hpp"
#include "join/tdx_collateral.hpp"

namespace asterism::join {
namespace {

using attestation::AttestedSession;
using attestation::Binding;
using attestation::Deadline;
using attestation::EvidenceKind;
using attestation::EvidenceVerifier;
using attestation::ImageNames;
using attestation::JudgeRules;
using attestation::NodeFacts;
using attestation::NodeJudge;
using attestation::Part;
using attestation::Parts;
using attestation::Role;
using attestation::SnpProduct;
using attestation::SnpTcb;
using attestation::Standing;
using attestation::StaticReferenceValues;
using attestation::TlsIdentity;

constexpr std::chrono::seconds answer_timeout{20};
constexpr std::size_t rate_keys_max = 4096;

Deadline soon() {
  return std::chrono::steady_clock::now() + answer_timeout;
}

Refusal refusal(RefusalCode code, std::string reason, unsigned retry_after = 0) {
  return {.code = code, .retry_after_seconds = retry_after, .reason = std::move(reason)};
}

}  // namespace

/// The peer of one session, judged: a machine by its evidence, a person by a key.
struct JoinService::Session : EvidenceVerifier {
  Session(const JudgeRules& judge_rules, std::shared_ptr<const LoadedManifests> loaded,
          std::map<SnpProduct, SnpTcb> floors, const std::set<std::string>& operator_ids, std::string address,
          Timestamp time)
      : manifests{std::move(loaded)},
        references{manifests->images, std::move(floors), 0},
        rules{judge_rules},
        judge{rules, references, time},
        operators{operator_ids},
        peer{std::move(address)},
        now{time} {}

  Result<std::vector<std::byte>> challenge(Bytes shown) override {
    claim.assign(shown.begin(), shown.end());
    return judge.challenge(shown);
  }

  Result<ImageNames> verify(Bytes bytes, const Binding& session_binding) override {
    if (is_operator_evidence(bytes)) {
      ASTERISM_TRY(const auto id, verify_operator(bytes, session_binding, operators));
      person = short_name(id);
      return ImageNames{std::string{operator_image}};
    }
    evidence.assign(bytes.begin(), bytes.end());
    binding.assign(session_binding.begin(), session_binding.end());
    auto images = judge.verify(bytes, session_binding);
    if (images) return images;
    const auto known = manifests->refused.find(judge.claimed_image());
    if (known == manifests->refused.end()) return images;
    return fail(images.error().code(), "{}; it says it runs {}, whose manifest does not hold: {}",
                images.error().message(), known->first, known->second);
  }

  std::shared_ptr<const LoadedManifests> manifests;
  StaticReferenceValues references;
  JudgeRules rules;
  NodeJudge judge;
  const std::set<std::string>& operators;
  std::string peer;
  Timestamp now;
  std::string person;  ///< name of the operator's key, or empty
  std::string node;    ///< that it asked to be
  std::string disk_uuid;
  std::vector<std::byte> claim, evidence, binding;
};

JoinService::JoinService(ServiceParts parts, Registry registry, AuditLog audit, crypto::PrivateKey list_key)
    : parts_{std::move(parts)},
      list_key_{std::move(list_key)},
      registry_{std::move(registry)},
      audit_{std::move(audit)},
      by_address_{parts_.config.rates.burst, parts_.config.rates.per_minute, rate_keys_max},
      by_name_{parts_.config.rates.burst, parts_.config.rates.per_minute, rate_keys_max} {}

Result<std::unique_ptr<JoinService>> JoinService::make(ServiceParts parts) {
  const std::string state = parts.config.state;
  ASTERISM_TRY(auto registry, Registry::open(state));
  ASTERISM_TRY(auto audit, AuditLog::open(state + "/audit.jsonl"));
  ASTERISM_TRY(auto key, open_list_key(state + "/list-key.pem"));
  std::unique_ptr<JoinService> service{
      new JoinService{std::move(parts), std::move(registry), std::move(audit), std::move(key)}};
  ASTERISM_CHECK(service->reload());
  for (const std::string& pem : service->parts_.config.operators) {
    ASTERISM_TRY(const auto trusted, crypto::PublicKey::from_pem(pem), "an operator's key");
    service->operator_ids_.insert(trusted.id().hex());
  }
  service->metrics_.set_members(service->registry_.members().size());
  return service;
}

Result<> JoinService::reload() {
  const ServiceConfig& config = parts_.config;
  ASTERISM_TRY(
      auto loaded,
      load_manifests({.folder = config.manifests, .trust = config.trust, .allow_candidates = config.allow_candidates},
                     config.demands.scopes, current_time()));
  std::optional<attestation::TdxCollateralTexts> collateral;
  if (!config.demands.tdx_collateral.empty()) {
    ASTERISM_TRY(collateral, load_tdx_collateral(config.demands.tdx_collateral), "TDX collateral");
  }
  const std::scoped_lock lock{mutex_};
  metrics_.set_images(loaded.images.size());
  manifests_ = std::make_shared<const LoadedManifests>(std::move(loaded));
  tdx_collateral_ = std::move(collateral);
  return {};
}

std::shared_ptr<const LoadedManifests> JoinService::manifests() {
  const std::scoped_lock lock{mutex_};
  return manifests_;
}

std::optional<attestation::TdxCollateralTexts> JoinService::tdx_collateral() {
  const std::scoped_lock lock{mutex_};
  return tdx_collateral_;
}

Result<> JoinService::ready() {
  if (manifests()->images.empty()) return fail(Errc::unavailable, "no manifest holds");
  ASTERISM_CHECK(parts_.secret->secret());
  return parts_.kubernetes->ready();
}

std::string JoinService::metrics() {
  const std::scoped_lock lock{mutex_};
  return metrics_.to_text();
}

void JoinService::serve(UniqueFd socket, const std::string& peer) {
  const auto start = std::chrono::steady_clock::now();
  const Demands& demands = parts_.config.demands;
  const JudgeRules rules{.required = demands.evidence,
                         .standing = Standing::joining,
                         .cluster = parts_.config.cluster,
                         .recovery_operators = operator_ids_,
                         .tpm_roots = demands.tpm_roots,
                         .snp_certificates = demands.snp_certificates,
                         .snp = demands.snp,
                         .tdx_collateral = tdx_collateral(),
                         .roots = parts_.roots};
  Session session{rules, manifests(), demands.snp_floors, operator_ids_, peer, current_time()};
  {
    const std::scoped_lock lock{mutex_};
    metrics_.session_started();
  }
  const auto outcome = talk(std::move(socket), session);
  const std::scoped_lock lock{mutex_};
  metrics_.session_ended();
  metrics_.count(outcome ? *outcome : "evidence");
  if (outcome && *outcome == "joined") {
    metrics_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    metrics_.set_members(registry_.members().size());
  }
  if (!outcome) static_cast<void>(note(session, "evidence", outcome.error().message()));
}

/// The caller holds the lock.
Result<> JoinService::note(const Session& session, const std::string& outcome, const std::string& reason) {
  Json::Array images;
  Json::Array identities;
  for (const std::string& image : session.judge.facts().images)
    images.emplace_back(image);
  for (const std::string& identity : session.judge.facts().identities)
    identities.emplace_back(identity);
  return audit_.write({{"peer", printable(session.peer)},
                       {"outcome", outcome},
                       {"reason", reason},
                       {"node", session.node},
                       {"operator", session.person},
                       {"disk_uuid", session.disk_uuid},
                       {"claimed_image", session.judge.claimed_image()},
                       {"images", std::move(images)},
                       {"identities", std::move(identities)}},
                      current_time());
}

Result<std::string> JoinService::talk(UniqueFd socket, Session& session) {
  {
    const std::scoped_lock lock{mutex_};
    // Nothing is said before the peer is known: a handshake costs more than closing. Nor noted: a log has an end.
    if (by_address_.take(session.peer, RateLimit::Clock::now()) != 0) return "rate";
  }
  ASTERISM_TRY(const auto identity, TlsIdentity::make());
  const auto provider = parts_.evidence();
  ASTERISM_TRY(
      auto channel,
      AttestedSession::establish(
          std::move(socket), Role::server, identity,
          {.deployment = parts_.config.cluster, .provider = *provider, .verifier = session, .limits = parts_.limits}));
  ASTERISM_TRY(const auto bytes, channel.receive(soon()), "request");
  ASTERISM_TRY(const auto request, parse_message(bytes), "request");
  if (std::holds_alternative<MembersRequest>(request) && !session.person.empty()) {
    ASTERISM_CHECK(send_list(channel, session), "list of members");
    return "listed";
  }
  ASTERISM_TRY(const auto reply, answer(request, session));
  ASTERISM_TRY(auto sent, encode(reply), "answer");
  const auto done = channel.send(sent, soon());
  wipe(sent);
  ASTERISM_CHECK(done, "answer");
  const auto* const refused = std::get_if<Refusal>(&reply);
  return refused ? std::string{to_string(refused->code)} : "joined";
}

Result<Message> JoinService::answer(const Message& request, Session& session) {
  const auto* const wanted = std::get_if<JoinRequest>(&request);
  Result<Message> reply = refusal(RefusalCode::request, "a node may ask to join, an operator for the list of members");
  if (wanted && session.person.empty()) {
    session.node = wanted->node;
    session.disk_uuid = wanted->disk_uuid;
    reply = join(*wanted, session);
  }
  if (!reply) reply = refusal(RefusalCode::unavailable, reply.error().message(), 5);
  if (const auto* const refused = std::get_if<Refusal>(&*reply)) {
    const std::scoped_lock lock{mutex_};
    ASTERISM_CHECK(note(session, std::string{to_string(refused->code)}, refused->reason));
  }
  return reply;
}

Result<std::string> JoinService::check_name(const JoinRequest& request, const Session& session) {
  const Member* const known = registry_.find(request.node);
  ASTERISM_CHECK(registry_.check_disk(request.disk_uuid, request.node));
  return allowed_owner(parts_.config.names, request.node, session.judge.facts().identities,
                       known ? known->owner : std::string{});
}

Result<Message> JoinService::join(const JoinRequest& request, Session& session) {
  {
    const std::scoped_lock lock{mutex_};
    if (const unsigned wait = by_name_.take(request.node, RateLimit::Clock::now()); wait != 0)
      return refusal(RefusalCode::rate, "too many attempts under this name", wait);
    if (const auto owner = check_name(request, session); !owner)
      return refusal(RefusalCode::name, owner.error().message());
  }
  const auto csr_pem = check_kubelet_request(request.csr, request.node);
  if (!csr_pem) return refusal(RefusalCode::request, csr_pem.error().message());

  JoinAnswer reply{.node = request.node,
                   .cluster = parts_.config.cluster,
                   .api_endpoint = parts_.config.kubernetes.endpoint,
                   .ca_pem = parts_.ca_pem,
                   .certificate_pem = {},
                   .disk_key = {},
                   .dns = parts_.config.dns};
  if (!request.disk_uuid.empty()) {
    ASTERISM_TRY(const auto master, parts_.secret->secret());
    ASTERISM_TRY(reply.disk_key, derive_disk_key(master, parts_.config.cluster, request.disk_uuid));
  }
  const NodeFacts& facts = session.judge.facts();
  ASTERISM_TRY(reply.certificate_pem,
               parts_.kubernetes->issue(request.node, *csr_pem, std::format("attested as {}", *facts.images.begin())));

  const std::scoped_lock lock{mutex_};
  // Another session may have taken name or disk while Kubernetes was asked.
  const auto owner = check_name(request, session);
  if (!owner) return refusal(RefusalCode::name, owner.error().message());
  const Member* const known = registry_.find(request.node);
  Member member{.name = request.node,
                .owner = *owner,
                .images = {facts.images.begin(), facts.images.end()},
                .kinds = {},
                .firmware = facts.firmware,
                .disk_uuid = request.disk_uuid,
                .joined = current_time(),
                .joins = known ? known->joins + 1 : 1,
                .ak_public = {},
                .binding = session.binding,
                .evidence = session.evidence};
  for (const EvidenceKind kind : facts.kinds)
    member.kinds.emplace_back(to_string(kind));
  if (const auto claim = Parts::parse(session.claim)) {
    const Bytes ak = claim->find(Part::ak_public).value_or(Bytes{});
    member.ak_public.assign(ak.begin(), ak.end());
  }
  ASTERISM_CHECK(registry_.put(std::move(member)));
  ASTERISM_CHECK(note(session, "joined", ""));
  return reply;
}

Result<> JoinService::send_list(AttestedSession& channel, Session& session) {
  std::string text;
  {
    const std::scoped_lock lock{mutex_};
    Json::Array members;
    for (const auto& [name, member] : registry_.members())
      members.push_back(member.to_json());
    text = Json{Json::Object{{"schema", 1},
                             {"cluster", parts_.config.cluster},
                             {"time", format_timestamp(current_time())},
                             {"members", std::move(members)}}}
               .to_text();
    ASTERISM_CHECK(note(session, "listed", ""));
  }
  ASTERISM_TRY(const auto signature, list_key_.sign(as_bytes(text)));
  const Bytes spki = list_key_.public_key().spki();
  ASTERISM_TRY(const auto head, encode(MembersList{.key = {spki.begin(), spki.end()},
                                                   .signature = signature,
                                                   .size_bytes = static_cast<std::uint32_t>(text.size())}));
  ASTERISM_CHECK(channel.send(head, soon()));
  for (Bytes rest = as_bytes(text); !rest.empty();) {
    const Bytes piece = rest.first(std::min(rest.size(), piece_bytes_max));
    rest = rest.subspan(piece.size());
    ASTERISM_TRY(const auto sent, encode(Piece{.bytes = {piece.begin(), piece.end()}}));
    ASTERISM_CHECK(channel.send(sent, soon()));
  }
  return {};
}

}  // namespace asterism::join
