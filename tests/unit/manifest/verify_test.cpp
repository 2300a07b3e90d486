// SPDX-License-Identifier: Apache-2.0
#include "manifest/verify.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "common/fs.hpp"
#include "manifest/dsse.hpp"
#include "support/signing.hpp"
#include "support/text_table.hpp"

using namespace asterism;
using namespace asterism::manifest;
using testing::test_key;
using testing::test_policy;
namespace bdata = boost::unit_test::data;

namespace {

std::string example(const std::string& name) {
  return read_text_file(ASTERISM_SOURCE_DIR "/image-manifests/examples/manifest/valid/" + name + ".json", 1 << 20)
      .value();
}

Timestamp at(std::string_view text) {
  return parse_timestamp(text).value();
}

const Timestamp within = at("2027-06-01T00:00:00Z");  // the examples hold from 2026-12-01 to 2027-12-01

Result<Verified<Manifest>> verify_signed(const std::string& text, const ManifestDemands& demands) {
  const std::vector<Signature> signatures{test_key(1).sign(as_bytes(text)).value()};
  return verify(text, signatures, test_policy(1), demands);
}

Index good_index() {
  const auto file = [](std::string name) { return ArtefactRecord{.name = std::move(name), .size_bytes = 11}; };
  Index index{
      .name = "asterism", .sequence = 7, .not_after = at("2027-01-01T00:00:00Z"), .channels = {}, .versions = {}};
  index.channels["stable"] = "1.1";
  auto build = Digest::from_hex(HashAlgorithm::sha256, "0a" + std::string(62, '0')).value();
  index.versions.push_back({.name = "1.0",
                            .state = Lifecycle::revoked,
                            .serial = 3,
                            .build = build,
                            .folder = "statement-a",
                            .manifest = file("manifest-3.json"),
                            .signatures = {file("manifest-3.json.a.sig"), file("manifest-3.json.b.sig")},
                            .documents = {}});
  index.versions.push_back({.name = "1.1",
                            .state = Lifecycle::stable,
                            .serial = 1,
                            .build = build,
                            .folder = "statement-a",
                            .manifest = file("manifest-1.json"),
                            .signatures = {file("manifest-1.json.a.sig")},
                            .documents = {file("provenance-1.json")}});
  return index;
}

std::string sealed(const Index& index, std::size_t key = 2) {
  std::vector<crypto::PrivateKey> keys;
  keys.push_back(test_key(key));
  return to_json(seal(Index::payload_type, as_bytes(to_json(index).to_text()), keys).value()).to_text();
}

std::string compact(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return text;
}

PublishedVersion version(std::string name, char build, std::uint64_t serial = 1) {
  PublishedVersion made{
      .name = std::move(name), .serial = serial, .folder = "a", .manifest = {}, .signatures = {}, .documents = {}};
  made.build = Digest::from_hex(HashAlgorithm::sha256, std::string(64, build)).value();
  made.manifest = {.name = std::format("manifest-{}.json", serial), .size_bytes = 1};
  return made;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_signed_release_is_verified) {
  const auto verified = verify_signed(example("released"), {.now = within});
  BOOST_REQUIRE_MESSAGE(verified, (verified ? "" : verified.error().message()));
  BOOST_TEST((*verified)->version == "1.2.0");
  BOOST_TEST(verified->signers().size() == 1u);
  BOOST_TEST(verified->signers()[0] == "key-1");
}

BOOST_AUTO_TEST_CASE(what_a_reader_demands) {
  struct Row {
    const char* what;
    std::string name;
    ManifestDemands demands;
    bool accepted;
  };
  const Row rows[] = {
      {"not released", "minimal", {.now = within}, false},
      {"a second too early", "released", {.now = at("2026-11-30T23:59:59Z")}, false},
      {"the first second", "released", {.now = at("2026-12-01T00:00:00Z")}, true},
      {"the last second", "released", {.now = at("2027-12-01T00:00:00Z")}, true},
      {"a second too late", "released", {.now = at("2027-12-01T00:00:01Z")}, false},
      {"a clock that was never set", "released", {.now = {}}, false},
      {"candidate", "candidate", {.now = within}, false},
      {"candidate asked for", "candidate", {.now = within, .allow_candidate = true}, true},
      {"deprecated", "deprecated", {.now = within}, true},
      {"revoked", "revoked", {.now = within}, false},
      {"revoked, candidates asked for", "revoked", {.now = within, .allow_candidate = true}, false},
      {"at the floor", "released", {.now = within, .floor = "1.2.0"}, true},
      {"below the floor", "released", {.now = within, .floor = "1.10"}, false},
      {"above the floor", "released", {.now = within, .floor = "1.2~rc1"}, true},
      {"serial seen before", "released", {.now = within, .serial_min = 1}, true},
      {"serial older than seen", "released", {.now = within, .serial_min = 2}, false},
  };
  for (const Row& row : rows) {
    const auto verified = verify_signed(example(row.name), row.demands);
    BOOST_TEST(verified.has_value() == row.accepted, row.what);
    if (!verified) BOOST_TEST((verified.error().code() == Errc::unverified), row.what);
  }
}

BOOST_AUTO_TEST_CASE(signatures_come_before_everything) {
  const std::string text = example("released");
  BOOST_TEST((verify(text, {}, test_policy(1), {.now = within}).error().code() == Errc::unverified));
  const std::vector<Signature> signatures{test_key(0).sign(as_bytes(text)).value()};
  BOOST_TEST((verify(text + " ", signatures, test_policy(1), {.now = within}).error().code() == Errc::unverified));
  BOOST_TEST((verify("{", signatures, test_policy(1), {.now = within}).error().code() == Errc::unverified));
  BOOST_TEST((verify(text, signatures, test_policy(2), {.now = within}).error().code() == Errc::unverified));
  // Signed and still no manifest.
  BOOST_TEST((verify_signed("{", {.now = within}).error().code() == Errc::corrupt));
}

BOOST_AUTO_TEST_CASE(an_index_is_verified) {
  const auto verified = verify_index(sealed(good_index()), test_policy(1), {.now = at("2027-01-01T00:00:00Z")});
  BOOST_REQUIRE_MESSAGE(verified, (verified ? "" : verified.error().message()));
  BOOST_TEST((**verified == good_index()));
  const auto refusal = [](const IndexDemands& demands, std::size_t key = 2) {
    return verify_index(sealed(good_index(), key), test_policy(1, 3), demands);
  };
  BOOST_TEST(!refusal({.now = at("2027-01-01T00:00:01Z")}));
  BOOST_TEST(refusal({.now = {}, .sequence_min = 7}).has_value());
  BOOST_TEST((refusal({.now = {}, .sequence_min = 8}).error().code() == Errc::unverified));
  BOOST_TEST(!verify_index(sealed(good_index(), 2), test_policy(1, 2), {.now = {}}));
}

BOOST_DATA_TEST_CASE(hostile_indexes, bdata::make(testing::text_table("manifest/index_hostile.txt")), row) {
  const std::string good = compact(to_json(good_index()).to_text());
  BOOST_REQUIRE((parse_index(good).value() == good_index()));
  const auto refused = parse_index(row.apply(good));
  BOOST_REQUIRE(!refused);
  BOOST_TEST(to_string(refused.error().code()) == row.code, refused.error().message());
}

BOOST_AUTO_TEST_CASE(the_next_index) {
  const Timestamp end = at("2027-02-01T00:00:00Z");
  Index index = next_index(good_index(), {.version = version("1.2", 'b'), .channels = {"stable", "beta"}}, end).value();
  BOOST_TEST(index.sequence == 8u);
  BOOST_TEST((index.not_after == end));
  BOOST_TEST(index.channels.at("stable") == "1.2");
  BOOST_TEST(index.versions.size() == 3u);
  BOOST_TEST((parse_index(to_json(index).to_text()).value() == index));
  const Index beta = channel_index(index, "beta").value();
  BOOST_TEST(beta.versions.size() == 1u);
  BOOST_TEST(beta.channels.size() == 1u);
  BOOST_TEST(beta.sequence == 8u);
  BOOST_TEST((channel_index(index, "none").error().code() == Errc::not_found));

  const auto conflict = [&](const PublishedVersion& changed, std::vector<std::string> channels = {},
                            bool older = false) {
    const auto next =
        next_index(index, {.version = changed, .channels = std::move(channels), .allow_older = older}, end);
    if (!next) BOOST_TEST((next.error().code() == Errc::conflict));
    return !next.has_value();
  };
  BOOST_TEST(!conflict(version("1.2", 'b')));     // the same again
  BOOST_TEST(conflict(version("1.2", 'c')));      // another build under the same version
  BOOST_TEST(!conflict(version("1.2", 'b', 2)));  // a newer statement about the same build
  BOOST_TEST(conflict(version("1.0", '0', 2)));   // other build, older serial
  auto other_statement = version("1.2", 'b');
  other_statement.manifest.sha256 = other_statement.build;
  BOOST_TEST(conflict(other_statement));                    // the same serial, another statement
  BOOST_TEST(conflict(version("1.1.9", 'd'), {"stable"}));  // a channel that would go back
  BOOST_TEST(!conflict(version("1.1.9", 'd'), {"stable"}, true));
  auto revoked = version("1.2", 'b', 2);
  revoked.state = Lifecycle::revoked;
  BOOST_TEST(conflict(revoked));  // channels lead to it
}

BOOST_AUTO_TEST_CASE(statements_about_one_build_have_its_digest) {
  const auto digest = [](const std::string& name) {
    return build_digest(parse_manifest(example(name)).value()).value();
  };
  BOOST_TEST((digest("released") == digest("revoked")));
  BOOST_TEST((digest("released") != digest("minimal")));
}
