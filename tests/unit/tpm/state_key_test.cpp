// SPDX-License-Identifier: Apache-2.0
// Floor, sealed key and record through the port, on the fake: states, interruptions, other people's doings.
#include <boost/test/unit_test.hpp>

#include "support.hpp"
#include "tpm/wire.hpp"

using namespace asterism;
using namespace asterism::tpm;
using namespace asterism::tpm::testing;

namespace {

const TestImage v5{.name = "v5", .security_version = 5, .floor = 5};
const TestImage v7{.name = "v7", .security_version = 7, .floor = 6};

const ImageLine& line5() {
  static const ImageLine line = v5.signed_by(rsa_key());
  return line;
}
const ImageLine& line7() {
  static const ImageLine line = v7.signed_by(rsa_key());
  return line;
}

SecretBytes key_of_disk() {
  return SecretBytes::copy_of(as_bytes("key")).value();
}

template <class T>
Errc code_of(const Result<T>& result) {
  BOOST_REQUIRE(!result);
  return result.error().code();
}

Error power_cut() {
  return Error{Errc::unavailable, "power cut"};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_floor_only_rises) {
  FakeTpm tpm;
  BOOST_TEST(!read_floor(tpm, line5().key).value());
  BOOST_TEST(raise_floor(tpm, line5()).value() == 5U);
  BOOST_TEST(raise_floor(tpm, line5()).value() == 5U);
  BOOST_TEST(raise_floor(tpm, line7()).value() == 6U);
  BOOST_TEST(read_floor(tpm, line5().key).value().value() == 6U);
  BOOST_TEST((code_of(raise_floor(tpm, line5())) == Errc::unverified));
  BOOST_TEST(read_floor(tpm, line5().key).value().value() == 6U);
}

BOOST_AUTO_TEST_CASE(signatures_raise_no_further) {
  FakeTpm tpm;
  BOOST_REQUIRE(raise_floor(tpm, line5()));
  const auto index = floor_index(line5().key).value();
  const auto& own = *line5().document.asterism;
  const auto start = floor_policy(approved_floor_start(), line5().key, own.floor_start.signature);
  BOOST_TEST((code_of(tpm.nv_increment(index, start)) == Errc::unverified));
  auto raise = approved_floor_raise(line5().key, 5).value();
  BOOST_TEST((code_of(tpm.nv_increment(index, floor_policy(raise, line5().key, own.floor_raise.signature))) ==
              Errc::unverified));
  raise = approved_floor_raise(line5().key, 6).value();
  BOOST_TEST((code_of(tpm.nv_increment(index, floor_policy(raise, line5().key, own.floor_raise.signature))) ==
              Errc::unverified));
}

BOOST_AUTO_TEST_CASE(a_tpm_with_other_counters_may_start_too_high) {
  FakeTpm tpm;
  const Policy policy{PolicyCommandCode{.code = command_nv_increment}};
  const NvPublic other{.handle = 0x01800001,
                       .attributes = nv_attribute::counter | nv_attribute::policy_write,
                       .write_policy = policy_digest(policy).value(),
                       .size_bytes = 8};
  BOOST_REQUIRE(tpm.nv_define(other));
  for (int i = 0; i < 9; ++i)
    BOOST_REQUIRE(tpm.nv_increment(other, policy));
  BOOST_TEST((code_of(raise_floor(tpm, line5())) == Errc::unverified));
}

BOOST_AUTO_TEST_CASE(somebody_else_at_our_handles) {
  FakeTpm tpm;
  BOOST_REQUIRE(tpm.nv_define(
      {.handle = floor_handle, .attributes = nv_attribute::counter, .write_policy = {}, .size_bytes = 8}));
  BOOST_REQUIRE(tpm.nv_define({.handle = disk_record_handle, .attributes = 0, .write_policy = {}, .size_bytes = 32}));
  BOOST_TEST((code_of(raise_floor(tpm, line5())) == Errc::unverified));
  BOOST_TEST((code_of(read_floor(tpm, line5().key)) == Errc::unverified));
  BOOST_TEST((code_of(read_disk_record(tpm, line5().key)) == Errc::unverified));
}

BOOST_AUTO_TEST_CASE(seals_after_the_floor_and_opens_in_the_initramfs) {
  FakeTpm tpm;
  BOOST_TEST((code_of(seal_state_key(tpm, line5().key, key_of_disk())) == Errc::conflict));
  BOOST_REQUIRE(raise_floor(tpm, line5()));
  const auto sealed = seal_state_key(tpm, line5().key, key_of_disk()).value();
  BOOST_TEST((sealed.bank == HashAlgorithm::sha256));
  BOOST_TEST((code_of(unseal_state_key(tpm, line5(), sealed)) == Errc::unverified));  // before the initramfs
  v5.boot(tpm);
  BOOST_TEST(unseal_state_key(tpm, line5(), sealed).value().equals(key_of_disk()));
  const auto error = unseal_state_key(tpm, line7(), sealed).error();
  BOOST_TEST((error.code() == Errc::unverified && !error.advice().empty()));
}

BOOST_AUTO_TEST_CASE(a_tpm_with_sha384_alone) {
  FakeTpm tpm{{HashAlgorithm::sha384}};
  BOOST_REQUIRE(raise_floor(tpm, line5()));
  v5.boot(tpm);
  const auto sealed = seal_state_key(tpm, line5().key, key_of_disk()).value();
  BOOST_TEST((sealed.bank == HashAlgorithm::sha384));
  BOOST_TEST(unseal_state_key(tpm, line5(), sealed).value().equals(key_of_disk()));
  BOOST_TEST((code_of(unseal_state_key(tpm, line5(), {.bank = HashAlgorithm::sha256, .sealed = sealed.sealed})) ==
              Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(the_record_is_written_once) {
  FakeTpm tpm;
  const auto bank = HashAlgorithm::sha256;
  const auto mine = sha256(as_bytes("disk")).value();
  const auto other = sha256(as_bytes("other")).value();
  BOOST_REQUIRE(raise_floor(tpm, line5()));
  BOOST_TEST((code_of(write_disk_record(tpm, line5(), bank, mine)) == Errc::unverified));  // not in the initramfs
  BOOST_TEST(!read_disk_record(tpm, line5().key).value());
  v5.boot(tpm);
  BOOST_REQUIRE(write_disk_record(tpm, line5(), bank, mine));
  BOOST_REQUIRE(write_disk_record(tpm, line5(), bank, mine));
  BOOST_TEST((code_of(write_disk_record(tpm, line5(), bank, other)) == Errc::conflict));
  BOOST_TEST((read_disk_record(tpm, line7().key).value() == mine));
  BOOST_TEST(tpm.nv_public(disk_record_handle).value()->is_locked());
  BOOST_REQUIRE(remove_disk_record(tpm));
  BOOST_REQUIRE(remove_disk_record(tpm));
  BOOST_TEST(!read_disk_record(tpm, line5().key).value());
}

// A node that joins measures the document of its cluster before it has the key of its disk.
BOOST_AUTO_TEST_CASE(the_record_is_written_after_pcr_15_was_extended_too) {
  FakeTpm tpm;
  BOOST_REQUIRE(raise_floor(tpm, line5()));
  v5.boot(tpm);
  const auto sealed = seal_state_key(tpm, line5().key, key_of_disk()).value();
  BOOST_REQUIRE(tpm.extend(15, as_bytes("asterism node-config sha256:00")));
  const auto mine = sha256(as_bytes("disk")).value();
  BOOST_REQUIRE(write_disk_record(tpm, line5(), HashAlgorithm::sha256, mine));
  BOOST_TEST((read_disk_record(tpm, line5().key).value() == mine));
  BOOST_TEST((code_of(unseal_state_key(tpm, line5(), sealed)) == Errc::unverified));
}

/// Every command of a first boot fails once; the same calls again complete it.
BOOST_AUTO_TEST_CASE(interrupted_at_every_command) {
  const auto identity = sha256(as_bytes("disk")).value();
  const auto first_boot = [&](FakeTpm& tpm) -> Result<> {
    ASTERISM_CHECK(raise_floor(tpm, line5()));
    return write_disk_record(tpm, line5(), HashAlgorithm::sha256, identity);
  };
  unsigned interrupted = 0;
  for (unsigned after = 0;; ++after) {
    FakeTpm tpm;
    v5.boot(tpm);
    tpm.fail_after(after, power_cut());
    const auto done = first_boot(tpm);
    if (done) break;
    BOOST_TEST((done.error().code() == Errc::unavailable));
    ++interrupted;
    tpm.restart();
    v5.boot(tpm);
    BOOST_REQUIRE(first_boot(tpm));
    BOOST_TEST(read_floor(tpm, line5().key).value().value() == 5U);
    BOOST_TEST((read_disk_record(tpm, line5().key).value() == identity));
    BOOST_TEST(tpm.nv_public(disk_record_handle).value()->is_locked());
  }
  BOOST_TEST(interrupted >= 20U);
}

// tpm2-tss 4.1.3 loses 96 bytes of its own where a connection cannot be made.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): the name is the sanitizer's
extern "C" const char* __lsan_default_suppressions() {
  return "leak:Tss2_TctiLdr_Initialize_Ex\n";
}

BOOST_AUTO_TEST_CASE(a_failing_tpm_is_said_to_be_one) {
  FakeTpm tpm;
  tpm.fail_next(power_cut());
  BOOST_TEST((code_of(read_floor(tpm, line5().key)) == Errc::unavailable));
  FakeTpm none{std::vector<HashAlgorithm>{}};
  BOOST_REQUIRE(raise_floor(none, line5()));
  BOOST_TEST((code_of(seal_state_key(none, line5().key, key_of_disk())) == Errc::unsupported));
  BOOST_TEST((code_of(open_tpm("device:/nonexistent")) == Errc::unavailable));
}
