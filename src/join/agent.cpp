// SPDX-License-Identifier: Apache-2.0
#include "join/agent.hpp"

#include <algorithm>
#include <random>

#include "attestation/tls/attested_session.hpp"
#include "join/service_judge.hpp"

namespace asterism::join {
namespace {

using attestation::AttestedSession;
using attestation::CollectedEvidence;
using attestation::Deadline;
using attestation::EvidenceCollector;
using attestation::EvidenceProvider;
using attestation::Role;
using attestation::SessionLimits;
using attestation::TlsIdentity;

constexpr std::chrono::seconds answer_timeout{60};

Result<Admission> read_answer(Message answer, KubeletRequest request, const NodeConfig& config, bool needs_key) {
  if (const auto* const refused = std::get_if<Refusal>(&answer)) {
    const bool later = refused->code == RefusalCode::rate || refused->code == RefusalCode::unavailable;
    return fail(later ? Errc::unavailable : Errc::unverified, "refused ({}): {}", to_string(refused->code),
                refused->reason);
  }
  auto* const admitted = std::get_if<JoinAnswer>(&answer);
  if (!admitted) return fail(Errc::corrupt, "an answer of another kind");
  if (admitted->node != config.name || admitted->cluster != config.cluster) {
    return fail(Errc::unverified, "an answer for node '{}' of cluster '{}'", admitted->node, admitted->cluster);
  }
  if ((admitted->disk_key.size() != 0) != needs_key) return fail(Errc::unverified, "a disk key that does not fit");
  ASTERISM_CHECK(check_kubelet_certificate(admitted->certificate_pem, request.key_pem, config.name));
  return Admission{.answer = std::move(*admitted), .key_pem = std::move(request.key_pem)};
}

/// Between three and five quarters.
std::chrono::milliseconds spread(std::chrono::milliseconds wait) {
  std::random_device source;
  std::uniform_int_distribution<std::int64_t> pick{wait.count() * 3 / 4, wait.count() * 5 / 4};
  return std::chrono::milliseconds{pick(source)};
}

}  // namespace

Result<Admission> ask_to_join(UniqueFd socket, const NodeConfig& config, const std::string& disk_uuid,
                              EvidenceProvider& evidence, const SessionLimits& limits) {
  ASTERISM_TRY(const auto identity, TlsIdentity::make());
  ASTERISM_TRY(auto request, make_kubelet_request(config.name));
  ServiceJudge verifier{config, current_time()};
  ASTERISM_TRY(auto session,
               AttestedSession::establish(
                   std::move(socket), Role::client, identity,
                   {.deployment = config.cluster, .provider = evidence, .verifier = verifier, .limits = limits}));
  const Deadline deadline = std::chrono::steady_clock::now() + answer_timeout;
  ASTERISM_TRY(const auto bytes, encode(JoinRequest{.node = config.name, .disk_uuid = disk_uuid, .csr = request.csr}));
  ASTERISM_CHECK(session.send(bytes, deadline), "request");
  ASTERISM_TRY(auto received, session.receive(deadline), "answer");
  auto answer = parse_message(received);
  wipe(received);
  if (!answer) return std::unexpected{std::move(answer).error().within("answer")};
  return read_answer(*std::move(answer), std::move(request), config, !disk_uuid.empty());
}

Result<Admission> join_cluster(const NodeConfig& config, const std::string& disk_uuid, EvidenceCollector& collector,
                               const AgentWorld& world, const Backoff& backoff) {
  std::chrono::milliseconds wait = backoff.first;
  Result<Admission> outcome = fail(Errc::usage, "no endpoints");
  for (unsigned round = 1;; ++round) {
    for (const Endpoint& endpoint : config.endpoints) {
      auto socket = world.connect(endpoint);
      if (socket) {
        CollectedEvidence evidence{collector};
        outcome = ask_to_join(*std::move(socket), config, disk_uuid, evidence, {.message_bytes = message_bytes_max});
        if (outcome) return outcome;
      } else {
        outcome = std::unexpected{std::move(socket).error()};
      }
      world.tell(std::format("{}: {}", endpoint.to_string(), outcome.error().message()));
    }
    if (round == backoff.rounds) return outcome;
    if (!world.pause(spread(wait))) return outcome;
    wait = std::min(wait * 2, backoff.most);
  }
}

}  // namespace asterism::join
