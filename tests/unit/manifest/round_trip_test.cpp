// SPDX-License-Identifier: Apache-2.0
// Properties that hold for every document: what is written is read back, and nothing that is altered stays verified.
#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "manifest/dsse.hpp"
#include "manifest/verify.hpp"
#include "support/signing.hpp"

using namespace asterism;
using namespace asterism::manifest;
using testing::test_key;
using testing::test_policy;

namespace {

rc::Gen<std::string> name() {
  const std::string marks = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_+~^-";
  return rc::gen::mapcat(rc::gen::element(1, 2, 7, 128), [=](int size) {
    return rc::gen::container<std::string>(static_cast<std::size_t>(size), rc::gen::elementOf(marks));
  });
}

rc::Gen<std::string> line(std::size_t bytes_max) {
  return rc::gen::map(rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~' + 1)),
                      [=](std::string text) { return text.substr(0, bytes_max); });
}

/// Of a random number: a manifest has hundreds, and drawing each byte takes its time.
rc::Gen<Digest> digest(HashAlgorithm algorithm) {
  return rc::gen::map(rc::gen::arbitrary<std::uint64_t>(),
                      [=](std::uint64_t seed) { return hash(algorithm, std::as_bytes(std::span{&seed, 1})).value(); });
}

BankDigests banks() {
  return {.sha256 = *digest(HashAlgorithm::sha256), .sha384 = *digest(HashAlgorithm::sha384)};
}

std::uint64_t number() {
  return *rc::gen::arbitrary<std::uint64_t>();
}

Timestamp time_before(std::int64_t end) {
  return Timestamp{std::chrono::seconds{*rc::gen::inRange<std::int64_t>(0, end)}};
}

/// Names in order, each once.
std::vector<std::string> names() {
  std::set<std::string> found;
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i)
    found.insert(*name());
  return {found.begin(), found.end()};
}

std::vector<ArtefactRecord> files() {
  std::vector<ArtefactRecord> records;
  for (std::string& each : names())
    records.push_back({.name = std::move(each), .size_bytes = number(), .sha256 = *digest(HashAlgorithm::sha256)});
  return records;
}

ImageRecord image() {
  return {.name = *name(),
          .version = *name(),
          .size_bytes = number(),
          .sha256 = *digest(HashAlgorithm::sha256),
          .authenticode = banks()};
}

PcrValues pcr_values(HashAlgorithm bank) {
  PcrValues values;
  for (const PcrIndex pcr : {4U, 9U, 12U, 13U, 15U})
    values.settled.emplace(pcr, *digest(bank));
  if (*rc::gen::arbitrary<bool>()) values.settled.emplace(*rc::gen::inRange(0U, 11U), *digest(bank));
  for (const Stage stage : kernel_boot_stages)
    values.kernel_boot.emplace(stage, *digest(bank));
  return values;
}

std::map<SecureBoot, BankValues> states() {
  constexpr std::array all{SecureBoot::on, SecureBoot::off, SecureBoot::absent};
  std::map<SecureBoot, BankValues> made;
  const unsigned chosen = *rc::gen::inRange(1U, 1U << all.size());  // a bit for each, at least one
  for (std::size_t i = 0; i < all.size(); ++i) {
    if ((chosen >> i & 1) == 0) continue;
    const SecureBoot state = all.at(i);
    for (const HashAlgorithm bank : hash_algorithms)
      made[state].emplace(bank, pcr_values(bank));
  }
  return made;
}

LaunchRecord launch_record() {
  LaunchRecord record;
  record.platform = *rc::gen::elementOf(std::vector<std::string>(platforms.begin(), platforms.end()));
  record.technology = *rc::gen::element(Technology::sev, Technology::sev_es, Technology::snp, Technology::tdx);
  if (record.technology == Technology::tdx) {
    record.name = *rc::gen::element(LaunchRegister::mrtd, LaunchRegister::rtmr0, LaunchRegister::rtmr3);
  }
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
    record.conditions.emplace(std::format("c_{}", number() % 9), *line(128));
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i)
    record.values.push_back(*digest(launch_algorithm(record.technology)));
  record.reason = *line(512);
  return record;
}

void add_launch(Manifest& manifest) {
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i)
    manifest.launch.push_back(launch_record());
  sort_launch(manifest.launch);
  const auto same = [](const LaunchRecord& a, const LaunchRecord& b) {
    return a.platform == b.platform && a.technology == b.technology && a.name == b.name && a.conditions == b.conditions;
  };
  const auto twice = std::ranges::unique(manifest.launch, same);
  manifest.launch.erase(twice.begin(), twice.end());
}

void add_options(Manifest& manifest) {
  if (!manifest.inputs.empty() && *rc::gen::arbitrary<bool>()) manifest.package_lock = manifest.inputs.front().name;
  if (!manifest.artefacts.empty() && *rc::gen::arbitrary<bool>()) {
    manifest.sbom = manifest.artefacts.front().name;
    const auto salt =
        *rc::gen::container<std::vector<std::uint8_t>>(number() % 257, rc::gen::arbitrary<std::uint8_t>());
    manifest.verity = VerityTree{.data = *manifest.sbom,
                                 .hash_tree = manifest.artefacts.back().name,
                                 .salt = {},
                                 .data_block_bytes = 512U << (number() % 8),
                                 .data_blocks = number()};
    append(manifest.verity->salt, std::as_bytes(std::span{salt}));
  }
  if (*rc::gen::arbitrary<bool>()) manifest.boot_loader = image();
  if (*rc::gen::arbitrary<bool>()) manifest.kernel.authenticode = banks();
  if (*rc::gen::arbitrary<bool>()) manifest.kernel.initrd = banks();
  if (*rc::gen::arbitrary<bool>()) {
    const auto start = time_before(200'000'000'000);
    manifest.release = Release{
        .state = *rc::gen::element(Lifecycle::candidate, Lifecycle::stable, Lifecycle::deprecated, Lifecycle::revoked),
        .floor = manifest.version,
        .not_before = start,
        .not_after = start + std::chrono::seconds{1 + number() % 50'000'000'000},
        .serial = number() | 1};
  }
}

Manifest any_manifest() {
  Manifest made;
  made.name = *name();
  made.version = *name();
  made.revision = *name();
  made.locked = *rc::gen::arbitrary<bool>();
  made.artefacts = files();
  for (std::string& each : names())
    made.inputs.push_back({.name = std::move(each), .sha256 = *digest(HashAlgorithm::sha256)});
  made.root_hash = *digest(HashAlgorithm::sha256);
  made.uki = image();
  made.sections = {
      {.name = ".linux", .measured = *rc::gen::arbitrary<bool>(), .size_bytes = number(), .digests = banks()}};
  made.command_line = *line(4096);
  for (const std::string_view platform : platforms)
    made.measurements.emplace(platform, states());
  add_launch(made);
  add_options(made);
  return made;
}

Index any_index() {
  Index made{.name = *name(),
             .sequence = number() | 1,
             .not_after = time_before(250'000'000'000),
             .channels = {},
             .versions = {}};
  for (std::string& each : names()) {
    made.versions.push_back({.name = std::move(each),
                             .state = *rc::gen::element(Lifecycle::stable, Lifecycle::revoked),
                             .serial = number() | 1,
                             .build = *digest(HashAlgorithm::sha256),
                             .folder = *name(),
                             .manifest = {.name = *name(), .size_bytes = number()},
                             .signatures = files(),
                             .documents = files()});
    if (made.versions.back().state == Lifecycle::stable) made.channels.emplace(*name(), made.versions.back().name);
  }
  return made;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_manifest_comes_back) {
  BOOST_TEST(rc::check("manifest", [] {
    const Manifest made = any_manifest();
    const std::string text = to_json(made).to_text();
    const auto again = parse_manifest(text);
    if (!again) RC_LOG() << again.error().message() << '\n' << text;
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == made);
    RC_ASSERT(to_json(*again).to_text() == text);
  }));
}

BOOST_AUTO_TEST_CASE(every_index_comes_back) {
  BOOST_TEST(rc::check("index", [] {
    const Index made = any_index();
    const auto again = parse_index(to_json(made).to_text());
    if (!again) RC_LOG() << again.error().message();
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == made);
  }));
}

BOOST_AUTO_TEST_CASE(every_envelope_comes_back_and_is_opened) {
  const auto policy = test_policy(1);
  std::vector<crypto::PrivateKey> keys;
  keys.push_back(test_key(1));
  BOOST_TEST(rc::check("envelope", [&] {
    const auto payload = *rc::gen::arbitrary<std::string>();
    const auto type = "t" + *line(200);
    const std::string text = to_json(seal(type, as_bytes(payload), keys).value()).to_text();
    const auto opened = open_envelope(text, type, policy);
    RC_ASSERT(opened.has_value());
    RC_ASSERT(as_text(opened->payload) == payload);
    RC_ASSERT(!open_envelope(text, type + "x", policy));
  }));
}

BOOST_AUTO_TEST_CASE(one_changed_byte_is_found) {
  const std::string good(500, 'x');
  const std::vector<Signature> signatures{test_key(2).sign(as_bytes(good)).value()};
  const auto policy = test_policy(1);
  BOOST_REQUIRE(policy.check(as_bytes(good), signatures));
  BOOST_TEST(rc::check("altered text", [&] {
    std::string altered = good;
    char& changed = altered[*rc::gen::inRange<std::size_t>(0, good.size())];
    changed = static_cast<char>(changed ^ *rc::gen::inRange(1, 128));
    RC_ASSERT(!policy.check(as_bytes(altered), signatures));
  }));
}
