// SPDX-License-Identifier: Apache-2.0
#include "join/recovery.hpp"

#include "join/operator_evidence.hpp"

namespace asterism::join {
namespace {

using attestation::AttestedSession;
using attestation::Binding;
using attestation::CollectedEvidence;
using attestation::Deadline;
using attestation::EvidenceProvider;
using attestation::EvidenceVerifier;
using attestation::ImageNames;
using attestation::JudgeRules;
using attestation::NodeFacts;
using attestation::NodeJudge;
using attestation::ReferenceValues;
using attestation::Role;
using attestation::TlsIdentity;

constexpr std::chrono::seconds answer_timeout{20};

Deadline soon() {
  return std::chrono::steady_clock::now() + answer_timeout;
}

/// Believes whoever signs the session with the key of an operator whom the document names.
class OperatorVerifier final : public EvidenceVerifier {
 public:
  explicit OperatorVerifier(const RecoveryRules& rules) : rules_{rules} {}
  Result<ImageNames> verify(Bytes evidence, const Binding& binding) override {
    ASTERISM_TRY(id_, verify_operator(evidence, binding, rules_.operators));
    return ImageNames{std::string{operator_image}};
  }
  [[nodiscard]] const std::string& id() const noexcept { return id_; }

 private:
  const RecoveryRules& rules_;
  std::string id_;
};

Result<> send(AttestedSession& session, const Message& message) {
  ASTERISM_TRY(auto bytes, encode(message));
  const auto done = session.send(bytes, soon());
  wipe(bytes);
  return done;
}

/// The next message, which has to be a T. @errors `unverified` for a refusal; `corrupt` for another kind.
template <class T>
Result<T> expect(AttestedSession& session, std::string_view what) {
  ASTERISM_TRY(auto bytes, session.receive(soon()), "{}", what);
  auto message = parse_message(bytes);
  wipe(bytes);
  if (!message) return std::unexpected{std::move(message).error().within(what)};
  if (const auto* const refused = std::get_if<Refusal>(&*message))
    return fail(Errc::unverified, "refused ({}): {}", to_string(refused->code), refused->reason);
  auto* const wanted = std::get_if<T>(&*message);
  if (!wanted) return fail(Errc::corrupt, "{}: a message of another kind", what);
  return std::move(*wanted);
}

Result<> check_order(const RecoveryOrder& order, const DiskWanted& wanted, const NodeFacts& facts) {
  if (wanted.node != order.config.name) {
    return fail(Errc::unverified, "the node calls itself '{}', not '{}'", wanted.node, order.config.name);
  }
  if (wanted.disk_uuid != order.disk_uuid) {
    return fail(Errc::unverified, "the node wants the key of disk {}, not of {}", wanted.disk_uuid, order.disk_uuid);
  }
  if (!order.identity.empty() && !facts.identities.contains(order.identity)) {
    return fail(Errc::unverified, "the node is not {}", excerpt(order.identity));
  }
  return {};
}

}  // namespace

Result<Recovered> take_disk_key(UniqueFd socket, const NodeConfig& config, const std::string& disk_uuid,
                                EvidenceProvider& evidence,
                                const std::function<Result<>(const std::string& operator_id)>& measure) {
  if (!config.recovery) return fail(Errc::usage, "the node's document allows no recovery");
  ASTERISM_TRY(const auto identity, TlsIdentity::make());
  OperatorVerifier verifier{*config.recovery};
  ASTERISM_TRY(auto session, AttestedSession::establish(std::move(socket), Role::server, identity,
                                                        {.deployment = config.cluster,
                                                         .provider = evidence,
                                                         .verifier = verifier,
                                                         .limits = {.message_bytes = message_bytes_max}}));
  ASTERISM_CHECK(send(session, DiskWanted{.node = config.name, .disk_uuid = disk_uuid}));
  ASTERISM_TRY(auto given, expect<DiskKey>(session, "disk key"));
  if (given.disk_uuid != disk_uuid) return fail(Errc::unverified, "the key of another disk, {}", given.disk_uuid);
  ASTERISM_CHECK(measure(verifier.id()), "recovery");
  // The operator is only told: the key is here, and on record, whether or not the line still stands.
  static_cast<void>(send(session, DiskKeyTaken{}).has_value());
  return Recovered{.disk_key = std::move(given.key), .operator_id = verifier.id()};
}

bool RecoveryDesk::wait(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!recovered_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    auto visitor = world_.visitor(left);
    if (!visitor) continue;
    CollectedEvidence evidence{collector_};
    auto outcome = take_disk_key(*std::move(visitor), config_, disk_uuid_, evidence, world_.measure);
    if (outcome) {
      recovered_ = *std::move(outcome);
    } else {
      world_.tell(std::format("recovery: {}", outcome.error().message()));
    }
  }
  return true;
}

Result<NodeFacts> give_disk_key(UniqueFd socket, const RecoveryOrder& order, const SecretBytes& key,
                                const JudgeRules& rules, const ReferenceValues& references, Timestamp now) {
  ASTERISM_TRY(const auto identity, TlsIdentity::make());
  NodeJudge verifier{rules, references, now};
  OperatorEvidence evidence{order.operator_key};
  ASTERISM_TRY(auto session, AttestedSession::establish(std::move(socket), Role::client, identity,
                                                        {.deployment = order.config.cluster,
                                                         .provider = evidence,
                                                         .verifier = verifier,
                                                         .limits = {.message_bytes = message_bytes_max}}));
  ASTERISM_TRY(const auto wanted, expect<DiskWanted>(session, "the node's request"));
  if (const auto ordered = check_order(order, wanted, verifier.facts()); !ordered) {
    static_cast<void>(
        send(session, Refusal{.code = RefusalCode::request, .reason = ordered.error().message()}).has_value());
    return std::unexpected{ordered.error()};
  }
  ASTERISM_TRY(auto copy, SecretBytes::copy_of(key.bytes()));
  ASTERISM_CHECK(send(session, DiskKey{.disk_uuid = order.disk_uuid, .key = std::move(copy)}), "disk key");
  ASTERISM_CHECK(expect<DiskKeyTaken>(session, "the node's answer"));
  return verifier.facts();
}

}  // namespace asterism::join
