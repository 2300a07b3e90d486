// SPDX-License-Identifier: Apache-2.0
#include "join_world.hpp"

#include <filesystem>

#include <sys/socket.h>

#include "attestation/evidence/judge.hpp"
#include "common/fs.hpp"
#include "join/app/app_parts.hpp"
#include "support/signing.hpp"
#include "tpm/credential.hpp"

namespace asterism::testing {
namespace {

using namespace attestation;

const Extension ek_usage{.oid = "2.5.29.37", .value = from_hex("300706056781050801").value()};
constexpr unsigned booted_pcrs[] = {0, 2, 4, 7, 9, 11, 12};

attestation::PublicKey key_of(Bytes public_area) {
  const auto point = tpm::p256_point(public_area).value();
  return attestation::PublicKey::from_point(KeyKind::ec_p256, Bytes{point}.first(32), Bytes{point}.subspan(32)).value();
}

std::string scratch(const std::string& name) {
  static int count = 0;
  const std::string folder = std::filesystem::absolute(std::format("world-{}-{}", name, count++)).string();
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

const ReferenceScope node_scope{.platform = "qemu",
                                .secure_boot = manifest::SecureBoot::on,
                                .stage = manifest::Stage::enter_initrd,
                                .pcrs_left_out = {identity_pcr},
                                .conditions = {}};

}  // namespace

Buffer TpmMaker::certificate_for(tpm::Tpm& chip) const {
  const auto ek = key_of(chip.endorsement_key().value());
  // The certificate is for a key whose private half only the TPM has.
  const Key key{ek.handle(), [](EVP_PKEY*) {}};
  const CertificateSpec spec{.common_name = "EK", .issuer = &root, .extensions = {ek_usage}};
  return issue(spec, key).certificate.der().value();
}

Machine::Machine(const TpmMaker& maker, const std::string& name, std::string_view boot)
    : log{scratch(name) + "/tpm2-measure.log"}, boot_{boot}, certificate_{maker.certificate_for(chip)} {
  this->boot();
}

void Machine::boot() {
  for (const unsigned pcr : booted_pcrs)
    static_cast<void>(chip.extend(pcr, as_bytes(boot_)).value());
}

void Machine::restart() {
  chip.restart();
  std::filesystem::remove(log);
  boot();
}

void Machine::measure(const std::string& words) {
  measure_words(chip, log, "cluster", words).value();
}

EvidenceCollector Machine::collector(std::string image, std::optional<ShownManifest> shown) {
  return EvidenceCollector::make({.tpm = &chip,
                                  .ek_certificate = certificate_,
                                  .userspace_log = log,
                                  .image = std::move(image),
                                  .manifest = std::move(shown)})
      .value();
}

PcrValues Machine::pcrs(HashAlgorithm bank) {
  PcrValues values;
  for (unsigned pcr = 0; pcr < 16; ++pcr)
    values.emplace(pcr, chip.read(tpm::PcrSelection::make(bank, {pcr}).value()).value().front());
  return values;
}

manifest::Manifest manifest_of(Machine& machine, std::string version, manifest::Lifecycle lifecycle) {
  const auto text =
      read_text_file(ASTERISM_SOURCE_DIR "/image-manifests/examples/manifest/valid/released.json", 1 << 20).value();
  auto made = manifest::parse_manifest(text).value();
  made.version = version;
  made.uki.version = version;
  made.launch.clear();
  manifest::BankValues banks;
  for (const HashAlgorithm bank : hash_algorithms) {
    const PcrValues values = machine.pcrs(bank);
    for (const unsigned pcr : {0U, 2U, 4U, 7U, 9U, 12U, 13U, 15U})
      banks[bank].settled.emplace(pcr, values.at(pcr));
    for (const manifest::Stage stage : manifest::kernel_boot_stages)
      banks[bank].kernel_boot.emplace(stage, values.at(11));
  }
  for (auto& [platform, states] : made.measurements)
    for (auto& [state, values] : states)
      values = banks;
  made.release = manifest::Release{.state = lifecycle,
                                   .floor = version,
                                   .not_before = current_time() - std::chrono::hours{1},
                                   .not_after = current_time() + std::chrono::hours{24},
                                   .serial = 1};
  return made;
}

std::pair<std::string, std::vector<std::byte>> signed_manifest(const manifest::Manifest& manifest, std::size_t key) {
  const std::string text = to_json(manifest).to_text();
  return {text, test_key(key).sign(as_bytes(text)).value()};
}

Cluster::Cluster(const TpmMaker& tpm_maker, std::string cluster)
    : maker{tpm_maker},
      folder{scratch("cluster")},
      config{
          .cluster = cluster,
          .listen = {.host = "127.0.0.1", .port = "1"},
          .http = {.host = "127.0.0.1", .port = "2"},
          .state = folder + "/state",
          .manifests = folder + "/manifests",
          .trust = test_policy(1),
          .own_manifest = {},
          .demands = {.evidence = {EvidenceKind::tpm}, .tpm_roots = {maker.root.certificate}, .scopes = {node_scope}},
          .names = {{.pattern = "worker-*", .identities = {}, .first_come = true}},
          .kubernetes = {.endpoint = "https://api.example:6443"},
          .dns = {.servers = {"10.96.0.10", "fd00::a"}, .domain = "cluster.local"},
          .secret = {.file = folder + "/master"},
          .rates = {.burst = 1000, .per_minute = 1000},
          .operators = {}},
      host_{maker, "service", "service image"},
      host_manifest_{manifest_of(host_, "9.9")} {
  host_.measure(cluster_event(cluster));
  for (const char* part : {"/state", "/manifests"})
    std::filesystem::create_directories(folder + part);
  write_file_atomically(config.secret.file, Buffer(32, std::byte{7}), 0600).value();
}

void Cluster::publish(const manifest::Manifest& manifest, const std::string& file, std::size_t key) {
  const auto [text, signature] = signed_manifest(manifest, key);
  const std::string path = std::format("{}/{}.json", config.manifests, file);
  write_file_atomically(path, as_bytes(text)).value();
  write_file_atomically(path + ".key.sig", as_bytes(manifest::signature_file_text(signature))).value();
}

void Cluster::start() {
  const auto [text, signature] = signed_manifest(host_manifest_);
  host_collector_ =
      std::make_unique<EvidenceCollector>(host_.collector("", ShownManifest{.text = text, .signatures = {signature}}));
  auto fake = std::make_unique<join::testing::FakeKubernetes>();
  kubernetes = fake.get();
  service = join::JoinService::make(
                {.config = config,
                 .ca_pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
                 .kubernetes = std::move(fake),
                 .secret = join::secret_in_file(config.secret.file),
                 .evidence = [this] { return std::make_unique<join::SharedEvidence>(*host_collector_, host_lock_); },
                 .roots = roots})
                .value();
}

Result<join::Admission> Cluster::ask(Machine& machine, const join::NodeConfig& node, const std::string& disk_uuid,
                                     const std::string& image) {
  return with_session([&](UniqueFd socket) {
    auto collector = machine.collector(image);
    CollectedEvidence evidence{collector};
    return join::ask_to_join(std::move(socket), node, disk_uuid, evidence, {});
  });
}

join::NodeConfig Cluster::node_config(std::string name) const {
  return {.cluster = std::string{world_cluster},
          .name = std::move(name),
          .endpoints = {config.listen},
          .trust = test_policy(1),
          .tpm_roots = {maker.root.certificate},
          .evidence = {EvidenceKind::tpm}};
}

std::vector<Json> Cluster::audit() const {
  const auto text = read_text_file(config.state + "/audit.jsonl", 1 << 20).value();
  std::vector<Json> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(parse_json(text.substr(at, end - at)).value());
    at = end + 1;
  }
  return lines;
}

std::string Cluster::last(std::string_view key) const {
  const auto lines = audit();
  if (lines.empty()) return {};
  const auto& object = *lines.back().get_if<Json::Object>();
  const auto found = object.find(key);
  const auto* const text = found == object.end() ? nullptr : found->second.get_if<std::string>();
  return text ? *text : std::string{};
}

std::pair<UniqueFd, UniqueFd> Cluster::sockets() {
  int fds[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) throw std::runtime_error{"socketpair"};
  return {UniqueFd{fds[0]}, UniqueFd{fds[1]}};
}

}  // namespace asterism::testing
