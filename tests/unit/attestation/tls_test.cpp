// SPDX-License-Identifier: Apache-2.0
// Attested sessions between honest sides, and the attacks on them.
#include <boost/test/unit_test.hpp>

#include "mutations.hpp"
#include "software_tpm.hpp"
#include "tls_world.hpp"

using namespace asterism;
using namespace asterism::attestation;
using testing::Believer;
using testing::Buffer;
using testing::Node;
using testing::Outcome;
using testing::ProviderOf;
using testing::QuoteProvider;
using testing::QuoteVerifier;
using testing::side;

namespace {

constexpr std::string_view ours = "cluster a";

const Node& service_node() {
  static const Node made{ours};
  return made;
}

const Node& worker_node() {
  static const Node made{ours};
  return made;
}

/// A genuine node with the same image, but of a cluster that the attacker runs.
const Node& foreign_node() {
  static const Node made{"cluster b"};
  return made;
}

QuoteVerifier verifier() {
  return {{&service_node(), &worker_node(), &foreign_node()}, ours};
}

Deadline soon() {
  return std::chrono::steady_clock::now() + std::chrono::seconds{10};
}

/// Both sides of one session, each in its own thread.
struct Pair {
  Outcome client;
  Outcome server;

  Pair(const SessionOptions& client_options, const SessionOptions& server_options,
       const TlsIdentity& client_identity = TlsIdentity::make().value(),
       const TlsIdentity& server_identity = TlsIdentity::make().value()) {
    auto [left, right] = testing::socket_pair();
    const auto one = side(client, std::move(left), Role::client, client_identity, client_options);
    const auto two = side(server, std::move(right), Role::server, server_identity, server_options);
  }
};

std::string why(const Outcome& outcome) {
  return outcome && !*outcome ? outcome->error().message() : std::string{};
}

}  // namespace

BOOST_AUTO_TEST_CASE(two_honest_sides_meet) {
  QuoteProvider client_quotes{worker_node()};
  QuoteProvider server_quotes{service_node()};
  auto client_view = verifier();
  auto server_view = verifier();
  Pair pair{{.deployment = std::string{ours}, .provider = client_quotes, .verifier = client_view},
            {.deployment = std::string{ours}, .provider = server_quotes, .verifier = server_view}};
  BOOST_REQUIRE_MESSAGE(pair.client->has_value(), why(pair.client));
  BOOST_REQUIRE_MESSAGE(pair.server->has_value(), why(pair.server));
  AttestedSession& client = **pair.client;
  AttestedSession& server = **pair.server;
  BOOST_TEST((client.peer_images() == ImageNames{"node"}));
  BOOST_REQUIRE(client.send(as_bytes("hello"), soon()).has_value());
  BOOST_TEST(as_text(server.receive(soon()).value()) == "hello");
  BOOST_REQUIRE(server.send({}, soon()).has_value());
  BOOST_TEST(client.receive(soon()).value().empty());
  const Buffer large(2U << 20);
  BOOST_TEST((client.send(large, soon()).error().code() == Errc::usage));
}

BOOST_AUTO_TEST_CASE(a_real_tpm_proves_itself_to_a_client) {
  testing::SoftwareTpm tpm{false};
  const PcrSelection selection{.bank = HashAlgorithm::sha256, .mask = 1U << 11};
  const auto root = testing::issue({.common_name = "TPM Root", .ca = true}, testing::make_ec_key("P-256"));
  testing::CertificateSpec spec{.common_name = "EK", .issuer = &root};
  spec.extensions.push_back({.oid = "2.5.29.37", .value = from_hex("300706056781050801").value()});
  const Buffer ek = testing::issue(spec, tpm.ek()).certificate.der().value();
  const Buffer area = tpm.ak_public();
  auto challenge = CredentialChallenge::make({.ek_certificate = ek, .intermediates = {}, .ak_public = area},
                                             {&root.certificate, 1}, testing::SnpWorld::now)
                       .value();
  const Buffer answer = tpm.activate(challenge.id_object(), challenge.encrypted_secret());
  const TrustedAk ak = std::move(challenge).redeem(answer).value();
  const PcrValues pcrs = tpm.read(selection);

  ProviderOf server_quotes{[&](const Binding& binding) -> Result<std::vector<std::byte>> {
    const auto quote = tpm.quote(binding, selection);
    std::vector<std::byte> out;
    append_le(out, quote.attest.size(), 2);
    append(out, quote.attest);
    append(out, quote.signature);
    return out;
  }};
  struct RealVerifier final : EvidenceVerifier {
    Result<ImageNames> verify(Bytes evidence, const Binding& binding) override {
      const std::size_t size = le_at(evidence, 0, 2);
      const StaticReferenceValues references{
          {{.name = "node", .pcrs = {{HashAlgorithm::sha256, {{11, {values->at(11)}}}}}}}, {}, 0};
      ASTERISM_TRY(const auto verified,
                   Verifier::verify_tpm(
                       {.attest = evidence.subspan(2, size), .signature = evidence.subspan(2 + size), .pcrs = *values},
                       *key, {.selection = {.bank = HashAlgorithm::sha256, .mask = 1U << 11}}, references, binding));
      return verified.images();
    }
    const TrustedAk* key = nullptr;
    const PcrValues* values = nullptr;
  } client_view;
  client_view.key = &ak;
  client_view.values = &pcrs;
  QuoteProvider client_quotes{worker_node()};
  auto server_view = verifier();
  Pair pair{{.deployment = std::string{ours}, .provider = client_quotes, .verifier = client_view},
            {.deployment = std::string{ours}, .provider = server_quotes, .verifier = server_view}};
  BOOST_TEST(pair.client->has_value(), why(pair.client));
  BOOST_TEST(pair.server->has_value(), why(pair.server));
}

// The attacker stands between an honest worker and the service, with a TLS session to each. It lets the worker make
// evidence in the one and shows it in the other.
BOOST_AUTO_TEST_CASE(relayed_evidence_is_refused) {
  auto [worker_socket, attacker_as_service] = testing::socket_pair();
  auto [attacker_as_worker, service_socket] = testing::socket_pair();
  QuoteProvider worker_quotes{worker_node()};
  QuoteProvider service_quotes{service_node()};
  Believer gullible;  // the worst case: a worker that shows its evidence to anybody
  auto service_view = verifier();
  const SessionOptions worker{.deployment = std::string{ours}, .provider = worker_quotes, .verifier = gullible};
  const SessionOptions service{.deployment = std::string{ours}, .provider = service_quotes, .verifier = service_view};

  // Even a leaked TLS key of the worker does not help: the session is another one.
  const TlsIdentity workers_identity = TlsIdentity::make().value();
  for (const bool leaked : {false, true}) {
    auto [w, a1] = testing::socket_pair();
    auto [a2, s] = testing::socket_pair();
    Believer attacker_eyes;
    ProviderOf junk{[](const Binding&) { return Result<std::vector<std::byte>>{std::vector<std::byte>(8)}; }};
    Outcome worker_outcome;
    Outcome attacker_server;
    {
      const auto one = side(worker_outcome, std::move(w), Role::client, workers_identity, worker);
      const auto two = side(attacker_server, std::move(a1), Role::server, TlsIdentity::make().value(),
                            {.deployment = std::string{ours}, .provider = junk, .verifier = attacker_eyes});
    }
    BOOST_REQUIRE(!attacker_eyes.seen.empty());  // the attacker has genuine, fresh evidence of an honest node
    ProviderOf relayed{[&](const Binding&) { return Result<std::vector<std::byte>>{attacker_eyes.seen}; }};
    Believer believer;
    Outcome attacker_client;
    Outcome service_outcome;
    {
      const auto one =
          side(attacker_client, std::move(a2), Role::client, leaked ? workers_identity : TlsIdentity::make().value(),
               {.deployment = std::string{ours}, .provider = relayed, .verifier = believer});
      const auto two = side(service_outcome, std::move(s), Role::server, TlsIdentity::make().value(), service);
    }
    BOOST_TEST(why(service_outcome).starts_with("evidence of the client"), why(service_outcome));
    BOOST_TEST(why(service_outcome).contains("extra_data"), why(service_outcome));
    BOOST_TEST(!attacker_client->has_value());
  }
}

// The attacker leads a worker to a genuine node with the right image that belongs to the attacker's own cluster.
BOOST_AUTO_TEST_CASE(a_diverted_client_notices) {
  QuoteProvider worker_quotes{worker_node()};
  QuoteProvider foreign_quotes{foreign_node()};
  for (const std::string& claimed : {std::string{"cluster b"}, std::string{ours}}) {
    auto worker_view = verifier();
    Believer believer;
    Pair pair{{.deployment = std::string{ours}, .provider = worker_quotes, .verifier = worker_view},
              {.deployment = claimed, .provider = foreign_quotes, .verifier = believer}};
    BOOST_TEST(why(pair.client).starts_with("evidence of the server"), why(pair.client));
    // An honest name does not fit the binding; a false one does, but not what was measured into PCR 15.
    BOOST_TEST(why(pair.client).contains(claimed == ours ? "pcr_digest" : "extra_data"), why(pair.client));
    BOOST_TEST(believer.seen.empty());  // and the worker has shown nothing
  }
}

// The attacker has no node at all and sends the service's own evidence of the same session back.
BOOST_AUTO_TEST_CASE(reflected_evidence_is_refused) {
  QuoteProvider service_quotes{service_node()};
  auto service_view = verifier();
  Believer attacker_eyes;
  ProviderOf mirror{[&](const Binding&) { return Result<std::vector<std::byte>>{attacker_eyes.seen}; }};
  Pair pair{{.deployment = std::string{ours}, .provider = mirror, .verifier = attacker_eyes},
            {.deployment = std::string{ours}, .provider = service_quotes, .verifier = service_view}};
  BOOST_REQUIRE(!attacker_eyes.seen.empty());
  BOOST_TEST(why(pair.server).starts_with("evidence of the client"), why(pair.server));
  BOOST_TEST(why(pair.server).contains("extra_data"), why(pair.server));
}

BOOST_AUTO_TEST_CASE(replayed_evidence_is_refused) {
  QuoteProvider service_quotes{service_node()};
  QuoteProvider worker_quotes{worker_node()};
  Buffer recorded;
  ProviderOf recording{[&](const Binding& binding) {
    auto made = worker_quotes.evidence(binding);
    recorded = made.value();
    return made;
  }};
  ProviderOf replaying{[&](const Binding&) { return Result<std::vector<std::byte>>{recorded}; }};
  for (const bool replay : {false, true}) {
    auto worker_view = verifier();
    auto service_view = verifier();
    EvidenceProvider& provider = replay ? replaying : recording;
    Pair pair{{.deployment = std::string{ours}, .provider = provider, .verifier = worker_view},
              {.deployment = std::string{ours}, .provider = service_quotes, .verifier = service_view}};
    BOOST_TEST(pair.server->has_value() == !replay, why(pair.server));
    BOOST_TEST(why(pair.server).contains("extra_data") == replay, why(pair.server));
  }
}

BOOST_AUTO_TEST_CASE(our_own_key_is_refused) {
  QuoteProvider quotes{service_node()};
  auto view = verifier();
  const SessionOptions options{.deployment = std::string{ours}, .provider = quotes, .verifier = view};
  const TlsIdentity shared = TlsIdentity::make().value();
  Believer believer;
  const Pair pair{options, {.deployment = std::string{ours}, .provider = quotes, .verifier = believer}, shared, shared};
  BOOST_TEST(why(pair.client).contains("our own key"), why(pair.client));
}

BOOST_AUTO_TEST_CASE(too_much_evidence_is_refused) {
  QuoteProvider quotes{worker_node()};
  auto view = verifier();
  Believer believer;
  ProviderOf huge{[](const Binding&) { return Result<std::vector<std::byte>>{std::vector<std::byte>(1000)}; }};
  const SessionLimits small{.evidence_bytes = 999};
  const Pair pair{{.deployment = std::string{ours}, .provider = quotes, .verifier = view, .limits = small},
                  {.deployment = std::string{ours}, .provider = huge, .verifier = believer}};
  BOOST_TEST(why(pair.client).contains("a frame of 1001 bytes"), why(pair.client));
  auto own_view = verifier();
  const Pair own{{.deployment = std::string{ours}, .provider = quotes, .verifier = own_view},
                 {.deployment = std::string{ours}, .provider = huge, .verifier = believer, .limits = small}};
  BOOST_TEST(why(own.server).contains("own evidence: 1000 bytes"), why(own.server));
}

BOOST_AUTO_TEST_CASE(a_silent_peer_costs_only_the_limit) {
  QuoteProvider quotes{worker_node()};
  auto view = verifier();
  auto [ours_fd, silent] = testing::socket_pair();
  const auto start = std::chrono::steady_clock::now();
  const auto outcome = AttestedSession::establish(std::move(ours_fd), Role::client, TlsIdentity::make().value(),
                                                  {.deployment = std::string{ours},
                                                   .provider = quotes,
                                                   .verifier = view,
                                                   .limits = {.establish = std::chrono::milliseconds{200}}});
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((outcome.error().code() == Errc::unavailable));
  BOOST_TEST(outcome.error().message().contains("time is up"));
  BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds{5}));
}

BOOST_AUTO_TEST_CASE(a_peer_that_leaves_is_unavailable) {
  QuoteProvider quotes{worker_node()};
  auto view = verifier();
  auto [ours_fd, gone] = testing::socket_pair();
  gone.reset();
  const auto outcome =
      AttestedSession::establish(std::move(ours_fd), Role::client, TlsIdentity::make().value(),
                                 {.deployment = std::string{ours}, .provider = quotes, .verifier = view});
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((outcome.error().code() == Errc::unavailable), outcome.error().message());
}
