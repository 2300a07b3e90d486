// SPDX-License-Identifier: Apache-2.0
// The table policy_rows.txt, played on libtpms: the disk agent's own functions, and the TPM's verdict without them.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support.hpp"
#include "support/table.hpp"

using namespace asterism;
using namespace asterism::tpm;
using namespace asterism::tpm::testing;
namespace bdata = boost::unit_test::data;

namespace {

struct Row {
  std::string label, image, version, phase, command_line, extension, identity, key, signatures, tpm, floor, result,
      reason;
  friend std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.label; }
};

std::vector<Row> rows() {
  std::vector<Row> result;
  for (const auto& c : asterism::testing::table_rows("tpm/policy_rows.txt", 13))
    result.push_back({c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10], c[11], c[12]});
  return result;
}

const TestKey& key_named(const std::string& name) {
  static const TestKey second{TestKey::Kind::rsa};
  return name == "A" ? rsa_key() : name == "B" ? second : ecc_key();
}

const TestImage maker{.name = "v5", .security_version = 5, .floor = 5};

SecretBytes disk_key() {
  return SecretBytes::copy_of(as_bytes("the key of the state disk")).value();
}

/// What somebody does who may use the owner hierarchy, with another system booted on the machine.
void tamper(Tpm& tpm, const std::string& how, const ImageLine& line) {
  if (how == "floor-removed" || how == "floor-remade") BOOST_REQUIRE(tpm.nv_undefine(floor_handle));
  if (how == "floor-remade") {
    const auto index = floor_index(line.key).value();
    BOOST_REQUIRE(tpm.nv_define(index));
    const auto start = floor_policy(approved_floor_start(), line.key, line.document.asterism->floor_start.signature);
    BOOST_REQUIRE(tpm.nv_increment(index, start));
  }
}

void boot(Tpm& tpm, const Row& row) {
  (void)tpm.extend(11, as_bytes(row.image)).value();
  std::istringstream words{row.phase == "none" ? "" : row.phase};
  for (std::string word; std::getline(words, word, ',');)
    (void)tpm.extend(11, as_bytes(word)).value();
  if (row.command_line == "added") (void)tpm.extend(12, as_bytes("init=/bin/sh")).value();
  if (row.extension == "added") (void)tpm.extend(13, as_bytes("sysext")).value();
  if (row.identity == "extended") (void)tpm.extend(15, as_bytes("disk")).value();
}

/// The same document, with signatures that were made for systemd's purpose.
ImageLine with_systemd_signatures(ImageLine line, const TestKey& key) {
  for (auto& [bank, list] : line.document.asterism->state) {
    for (PolicySignature& entry : list)
      entry.signature = key.sign(signed_policy_message(entry.policy, ""));
  }
  return line;
}

/// Asks the TPM alone, without the checks that come before it in unseal_state_key(): every session that a signature of
/// the document could lead to.
bool tpm_opens(Tpm& tpm, const ImageLine& line, const StateKey& key) {
  const auto selection = PcrSelection::make(key.bank, {11, 12, 13}).value();
  const auto values = tpm.read(selection).value();
  for (const PolicySignature& entry : line.document.asterism->state.at(key.bank)) {
    auto policy = approved_state_policy(line.key, values, line.security_version()).value();
    const auto rest = sealing_policy(line.key, key.bank, entry.signature).value();
    policy.insert(policy.end(), rest.begin(), rest.end());
    if (tpm.unseal(key.sealed, policy)) return true;
  }
  return false;
}

/// A machine on which v5 made the state disk, switched off.
struct Made {
  ImageLine line = maker.signed_by(rsa_key());
  std::vector<unsigned char> tpm;
  StateKey key;
};

const Made& made() {
  static const Made result = [] {
    Made made;
    LibtpmsMachine machine;
    maker.boot(machine.tpm());
    BOOST_TEST(raise_floor(machine.tpm(), made.line).value() == 5U);
    made.key = seal_state_key(machine.tpm(), made.line.key, disk_key()).value();
    made.tpm = machine.state();
    return made;
  }();
  return result;
}

}  // namespace

BOOST_DATA_TEST_CASE(who_opens_the_disk, bdata::make(rows()), row) {
  const ImageLine& first = made().line;
  const StateKey& sealed = made().key;
  LibtpmsMachine machine{made().tpm};
  if (row.floor != "0") {
    const TestImage newer{.name = "newer", .security_version = 9, .floor = std::stoul(row.floor)};
    BOOST_TEST(raise_floor(machine.tpm(), newer.signed_by(rsa_key())).value() == newer.floor);
  }
  tamper(machine.tpm(), row.tpm, first);
  if (row.tpm == "cleared") machine.clear();
  if (row.floor != "0" || row.tpm != "same") machine.restart();
  Tpm& tpm = machine.tpm();
  boot(tpm, row);

  const TestKey& key = key_named(row.key);
  const TestImage image{.name = row.image, .security_version = std::stoul(row.version), .floor = 1};
  auto line = row.signatures == "v5" ? first : image.signed_by(key);
  if (row.signatures == "systemd") line = with_systemd_signatures(line, key);

  const auto opened = unseal_state_key(tpm, line, sealed);
  BOOST_TEST(opened.has_value() == (row.result == "opens"), (opened ? "opened" : opened.error().message()));
  BOOST_TEST(tpm_opens(tpm, line, sealed) == (row.result == "opens"), "the TPM alone decides the same");
  if (opened) {
    BOOST_TEST(opened->equals(disk_key()));
  } else {
    BOOST_TEST((opened.error().code() == Errc::unverified));
    BOOST_TEST(opened.error().message().contains(row.result), opened.error().message());
  }
}

BOOST_AUTO_TEST_CASE(the_table_is_large_enough) {
  BOOST_TEST(rows().size() >= 20U);
}
