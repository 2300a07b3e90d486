// SPDX-License-Identifier: Apache-2.0
// Parts, measured events, the kernel's report interface, the host's certificate table.
#include <filesystem>

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include "attestation/evidence/collector.hpp"
#include "attestation/evidence/judge.hpp"
#include "common/fs.hpp"
#include "pki.hpp"
#include "tpm/testing/fake_tpm.hpp"

using namespace asterism;
using namespace asterism::attestation;

namespace {

std::string message_of(const auto& result) {
  return result ? std::string{"accepted"} : result.error().message();
}

/// A folder that looks like the kernel's: an entry is full of files as soon as it is there. What the kernel removes by
/// itself with the entry, the test does.
struct FakeConfigfs {
  std::string folder = std::filesystem::absolute("tsm").string();
  std::string provider = "sev_guest\n";
  std::string report = "the report";
  std::string entry;

  FakeConfigfs() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  std::function<int(const char*)> maker() {
    return [this](const char* path) {
      if (::mkdir(path, 0700) != 0) return -1;
      entry = path;
      const std::pair<const char*, std::string> files[] = {
          {"provider", provider}, {"generation", "1\n"}, {"inblob", ""}, {"outblob", report}, {"auxblob", "the table"}};
      for (const auto& [name, content] : files)
        write_file_atomically(std::format("{}/{}", path, name), as_bytes(content)).value();
      return 0;
    };
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(parts_come_back_in_the_order_of_their_numbers) {
  Parts parts;
  parts.add(Part::ek_intermediate, as_bytes("one"));
  parts.add(Part::ak_public, as_bytes("ak"));
  parts.add(Part::ek_intermediate, as_bytes("two"));
  const auto bytes = parts.encode();
  const auto parsed = Parts::parse(bytes).value();
  BOOST_TEST(as_text(parsed.need(Part::ak_public).value()) == "ak");
  BOOST_REQUIRE(parsed.all(Part::ek_intermediate).size() == 2U);
  BOOST_TEST(as_text(parsed.all(Part::ek_intermediate)[1]) == "two");
  BOOST_TEST(!parsed.find(Part::image));
  BOOST_TEST(message_of(parsed.need(Part::image)) == "image: missing");
  BOOST_TEST((parsed.encode() == bytes));
}

BOOST_AUTO_TEST_CASE(malformed_parts_are_refused) {
  const struct {
    const char* hex;
    const char* message;
  } rows[] = {{"", "version: 1 bytes, but only 0"},
              {"02", "version 2"},
              {"0100", "part 0 is not known"},
              {"0113", "part 19 is not known"},
              {"0101ffffffff", "snp_report: 4294967295 bytes"},
              {"010100000001", "but only 0 are left"},
              {"01010000", "snp_report: 4 bytes"},
              {"010900000000"
               "0100000000",
               "snp_report stands behind ak_public"},
              {"010900000000"
               "0900000000",
               "ak_public comes more than 1 times"},
              {"010b00000000"
               "0b00000000"
               "0b00000000"
               "0b00000000"
               "0b00000000",
               "ek_intermediate comes more than 4"}};
  for (const auto& row : rows) {
    const auto bytes = from_hex(row.hex).value();
    const auto parsed = Parts::parse(bytes);
    BOOST_TEST(message_of(parsed).contains(row.message), message_of(parsed));
  }
}

BOOST_AUTO_TEST_CASE(pcrs_come_back) {
  PcrValues pcrs;
  for (unsigned i = 0; i < 16; ++i)
    if (i != 10) pcrs.emplace(i, sha384(as_bytes(std::to_string(i))).value());
  const auto bytes = encode_pcrs(pcrs).value();
  BOOST_TEST((parse_pcrs(bytes).value() == pcrs));
  BOOST_TEST(!parse_pcrs(Bytes{bytes}.first(bytes.size() - 1)));
  auto longer = bytes;
  longer.push_back(std::byte{0});
  BOOST_TEST(!parse_pcrs(longer));
  longer[0] = std::byte{2};
  BOOST_TEST(message_of(parse_pcrs(longer)).contains("bank 2"));
  pcrs.erase(4);
  BOOST_TEST((encode_pcrs(pcrs).error().code() == Errc::usage));
  BOOST_TEST(!encode_pcrs({}));
}

BOOST_AUTO_TEST_CASE(events_replay_to_what_a_tpm_holds) {
  tpm::testing::FakeTpm chip;
  std::filesystem::remove("measure.log");
  BOOST_REQUIRE(measure_words(chip, "measure.log", "node-config", node_config_event(as_bytes("{}")).value()));
  BOOST_REQUIRE(measure_words(chip, "measure.log", "cluster", cluster_event("prod")));
  for (const HashAlgorithm bank : hash_algorithms) {
    const auto events = read_measured_events("measure.log", bank).value();
    BOOST_REQUIRE(events.size() == 2U);
    BOOST_TEST(events[1].text == "asterism cluster prod");
    const auto held = chip.read(tpm::PcrSelection::make(bank, {15}).value()).value();
    BOOST_TEST((replay(events, bank).value() == held.front()));
    BOOST_TEST((parse_events(encode_events(events)).value() == events));
  }
  BOOST_TEST(read_measured_events("no such log", HashAlgorithm::sha256).value().empty());
}

BOOST_AUTO_TEST_CASE(events_without_words_have_their_digest) {
  const MeasuredEvent opaque{.text = {}, .digest = sha256(as_bytes("x")).value()};
  const auto parsed = parse_events(encode_events({opaque})).value();
  BOOST_TEST((parsed == std::vector{opaque}));
  BOOST_TEST((digest_of(opaque, HashAlgorithm::sha384).error().code() == Errc::unverified));
  BOOST_TEST(!parse_events(from_hex("0000").value()));
  BOOST_TEST(!parse_events(from_hex("000001"
                                    "07")
                               .value()));  // a bell
  BOOST_TEST(!parse_events(from_hex("03000100").value()));
  BOOST_TEST(message_of(parse_events(encode_events(std::vector(65, opaque)))).contains("more than 64"));
}

BOOST_AUTO_TEST_CASE(the_kernel_is_asked_for_a_report) {
  FakeConfigfs fake;
  const auto tsm = kernel_tsm(fake.folder, fake.maker());
  FixedBytes<64> data{};
  data[0] = std::byte{0xab};
  const auto report = tsm->report(data).value();
  BOOST_TEST((report.kind == TsmKind::snp));
  BOOST_TEST(as_text(report.report) == "the report");
  BOOST_TEST(as_text(report.certificates) == "the table");
  BOOST_TEST((read_file(fake.entry + "/inblob", 64).value() == std::vector<std::byte>{data.begin(), data.end()}));
}

BOOST_AUTO_TEST_CASE(what_the_kernel_does_not_give) {
  FakeConfigfs fake;
  fake.provider = "arm_cca_guest\n";
  BOOST_TEST((kernel_tsm(fake.folder, fake.maker())->report({}).error().code() == Errc::unsupported));
  std::filesystem::remove_all(fake.entry);
  fake.provider = "tdx_guest\n";
  fake.report = "";
  BOOST_TEST(message_of(kernel_tsm(fake.folder, fake.maker())->report({})).contains("the hardware gave none"));
  BOOST_TEST((kernel_tsm("/nonexistent")->report({}).error().code() == Errc::unavailable));
  BOOST_TEST((kernel_tsm(fake.folder, fake.maker())->report({}).error().code() == Errc::conflict));
}

BOOST_AUTO_TEST_CASE(certificates_in_the_hosts_table) {
  // One row for a VCEK at 0x30, the end, the certificate.
  auto table = from_hex(
                   "8d75da6364e66445adc5f4b93be8accd"
                   "30000000"
                   "03000000")
                   .value();
  table.resize(0x30);
  append(table, as_bytes("DER"));
  BOOST_TEST(as_text(certificate_in_table(table, SnpSigningKey::vcek).value()) == "DER");
  BOOST_TEST((certificate_in_table(table, SnpSigningKey::vlek).error().code() == Errc::not_found));
  table.resize(table.size() - 1);
  BOOST_TEST((certificate_in_table(table, SnpSigningKey::vcek).error().code() == Errc::corrupt));
  BOOST_TEST((certificate_in_table({}, SnpSigningKey::vcek).error().code() == Errc::corrupt));
}

BOOST_AUTO_TEST_CASE(a_signature_as_a_tpm_writes_it) {
  BOOST_TEST(to_hex(tpmt_signature(from_hex("3007020200ff02010a").value()).value()) ==
             "0018000b"
             "0001ff"
             "00010a");
  BOOST_TEST(!tpmt_signature(from_hex("3003020101").value()));
  BOOST_TEST(!tpmt_signature(from_hex("3009020101020102020103").value()));
}

BOOST_AUTO_TEST_CASE(a_machine_without_anything_says_so) {
  BOOST_TEST((EvidenceCollector::make({}).error().code() == Errc::unavailable));
}

BOOST_AUTO_TEST_CASE(a_challenge_for_another_machine_is_not_answered) {
  tpm::testing::FakeTpm chip;
  auto collector = EvidenceCollector::make({.tpm = &chip, .ek_certificate = {std::byte{1}}}).value();
  BOOST_TEST((collector
                  .open_challenge(from_hex("0004000200000002"
                                           "0000")
                                      .value())
                  .error()
                  .code() == Errc::unverified));
  BOOST_TEST((collector.open_challenge(from_hex("0001").value()).error().code() == Errc::corrupt));
  BOOST_TEST((collector.open_challenge(from_hex("000100").value()).error().code() == Errc::corrupt));
}
