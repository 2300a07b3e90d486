// SPDX-License-Identifier: Apache-2.0
// What both the fake and a real software TPM have to do.
#include <algorithm>
#include <tuple>

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include "support.hpp"
#include "tpm/credential.hpp"
#include "tpm/wire.hpp"

using namespace asterism;
using namespace asterism::tpm;
using namespace asterism::tpm::testing;

namespace {

using Machines = boost::mpl::list<FakeMachine, LibtpmsMachine>;

PcrSelection selection(std::vector<Pcr> pcrs, HashAlgorithm bank = HashAlgorithm::sha256) {
  return PcrSelection::make(bank, std::move(pcrs)).value();
}

std::vector<HashAlgorithm> banks_of(Tpm& tpm) {
  return tpm.active_banks().value();
}

Digest value_of(Tpm& tpm, Pcr pcr, HashAlgorithm bank = HashAlgorithm::sha256) {
  return tpm.read(selection({pcr}, bank)).value().front();
}

Policy pcr_policy(Tpm& tpm, std::vector<Pcr> pcrs, HashAlgorithm bank = HashAlgorithm::sha256) {
  const auto wanted = selection(std::move(pcrs), bank);
  return {PolicyPcr{.selection = wanted, .values = composite_digest(tpm.read(wanted).value()).value()}};
}

template <class T>
Errc code_of(const Result<T>& result) {
  BOOST_REQUIRE(!result);
  BOOST_TEST(!result.error().message().empty());
  return result.error().code();
}

SecretBytes secret(std::string_view text) {
  return SecretBytes::copy_of(as_bytes(text)).value();
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)

BOOST_AUTO_TEST_CASE_TEMPLATE(pcrs_start_at_zero_and_extend, Machine, Machines) {
  Machine machine;
  Tpm& tpm = machine.tpm();
  for (const HashAlgorithm bank : banks_of(tpm))
    BOOST_TEST((value_of(tpm, 15, bank) == Digest{bank}));
  const auto extended = tpm.extend(15, as_bytes("one")).value();
  const auto again = tpm.extend(15, as_bytes("two")).value();
  BOOST_TEST((extended.at(HashAlgorithm::sha256) == sha256(as_bytes("one")).value()));
  for (const HashAlgorithm bank : banks_of(tpm)) {
    const Digest first = hash(bank, {Digest{bank}.bytes(), hash(bank, as_bytes("one")).value().bytes()}).value();
    const Digest second = hash(bank, {first.bytes(), hash(bank, as_bytes("two")).value().bytes()}).value();
    BOOST_TEST((value_of(tpm, 15, bank) == second));
  }
  machine.restart();
  BOOST_TEST((value_of(machine.tpm(), 15) == Digest{HashAlgorithm::sha256}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(reads_many_pcrs_in_order, Machine, Machines) {
  Machine machine;
  Tpm& tpm = machine.tpm();
  (void)tpm.extend(3, as_bytes("x")).value();
  const auto values = tpm.read(selection({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})).value();
  BOOST_TEST(values.size() == 12U);
  BOOST_TEST((values[3] != Digest{HashAlgorithm::sha256} && values[2] == Digest{HashAlgorithm::sha256}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(refuses_other_pcrs, Machine, Machines) {
  Machine machine;
  BOOST_TEST((code_of(machine.tpm().extend(24, as_bytes("x"))) == Errc::usage));
  BOOST_TEST((code_of(machine.tpm().extend(17, as_bytes("x"))) == Errc::unverified));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(unseals_only_under_the_policy, Machine, Machines) {
  Machine machine;
  Tpm& tpm = machine.tpm();
  const auto policy = pcr_policy(tpm, {11, 15});
  const auto sealed = tpm.seal(secret("key of the disk"), policy_digest(policy).value()).value();
  BOOST_TEST(tpm.unseal(sealed, policy).value().equals(secret("key of the disk")));
  BOOST_TEST((code_of(tpm.unseal(sealed, {})) == Errc::unverified));
  BOOST_TEST((code_of(tpm.unseal(sealed, pcr_policy(tpm, {11}))) == Errc::unverified));
  (void)tpm.extend(15, as_bytes("opened")).value();
  BOOST_TEST((code_of(tpm.unseal(sealed, policy)) == Errc::unverified));
  machine.restart();
  BOOST_TEST(machine.tpm().unseal(sealed, policy).value().equals(secret("key of the disk")));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(seals_under_every_bank, Machine, Machines) {
  Machine machine;
  Tpm& tpm = machine.tpm();
  for (const HashAlgorithm bank : banks_of(tpm)) {
    const auto policy = pcr_policy(tpm, {11, 12, 13}, bank);
    const auto sealed = tpm.seal(secret("x"), policy_digest(policy).value()).value();
    BOOST_TEST(tpm.unseal(sealed, policy).value().equals(secret("x")));
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sizes_of_secrets, Machine, Machines) {
  Machine machine;
  Tpm& tpm = machine.tpm();
  const auto policy = pcr_policy(tpm, {11});
  const auto digest = policy_digest(policy).value();
  BOOST_TEST((code_of(tpm.seal(SecretBytes{}, digest)) == Errc::usage));
  BOOST_TEST((code_of(tpm.seal(SecretBytes::random(129).value(), digest)) == Errc::usage));
  const auto longest = SecretBytes::random(128).value();
  BOOST_TEST(tpm.unseal(tpm.seal(longest, digest).value(), policy).value().equals(longest));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(refuses_altered_and_foreign_secrets, Machine, Machines) {
  Machine machine;
  Tpm& tpm = machine.tpm();
  const auto policy = pcr_policy(tpm, {11});
  const auto sealed = tpm.seal(secret("x"), policy_digest(policy).value()).value();
  auto altered = sealed;
  altered.private_area.back() ^= std::byte{1};
  BOOST_TEST((code_of(tpm.unseal(altered, policy)) == Errc::unverified));
  altered = sealed;
  altered.public_area[20] ^= std::byte{1};
  BOOST_TEST((code_of(tpm.unseal(altered, policy)) == Errc::unverified));
  altered = sealed;
  altered.private_area.resize(7);
  BOOST_TEST((code_of(tpm.unseal(altered, policy)) == Errc::unverified));
  altered = sealed;
  altered.parent_name.back() ^= std::byte{1};
  BOOST_TEST((code_of(tpm.unseal(altered, policy)) == Errc::unverified));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(authorised_policies, Machine, Machines) {
  Machine machine;
  Tpm& tpm = machine.tpm();
  for (const TestKey* key : {&rsa_key(), &ecc_key()}) {
    auto approved = pcr_policy(tpm, {11});
    const auto digest = policy_digest(approved).value();
    PolicyAuthorize authorize{.key = key->public_key(), .reference = "test", .signature = {}};
    const auto sealed = tpm.seal(secret("x"), policy_digest({authorize}).value()).value();
    authorize.signature = key->sign(signed_policy_message(digest, "test"));
    approved.emplace_back(authorize);
    BOOST_TEST(tpm.unseal(sealed, approved).value().equals(secret("x")));

    auto& last = std::get<PolicyAuthorize>(approved.back());
    last.signature = key->sign(signed_policy_message(digest, ""));  // systemd's: another purpose
    BOOST_TEST((code_of(tpm.unseal(sealed, approved)) == Errc::unverified));
    last.reference = "";
    BOOST_TEST((code_of(tpm.unseal(sealed, approved)) == Errc::unverified));
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(counters_only_rise, Machine, Machines) {
  Machine machine;
  Tpm& tpm = machine.tpm();
  const Policy policy{PolicyCommandCode{.code = command_nv_increment}};
  const NvPublic index{.handle = 0x018A5777,
                       .attributes = nv_attribute::counter | nv_attribute::policy_write | nv_attribute::auth_read |
                                     nv_attribute::no_dictionary_attack,
                       .write_policy = policy_digest(policy).value(),
                       .size_bytes = 8};
  BOOST_TEST((code_of(tpm.nv_read(index)) == Errc::not_found));
  BOOST_TEST((code_of(tpm.nv_increment(index, policy)) == Errc::not_found));
  BOOST_TEST(!tpm.nv_public(index.handle).value());
  BOOST_REQUIRE(tpm.nv_define(index));
  BOOST_TEST((code_of(tpm.nv_define(index)) == Errc::conflict));
  BOOST_TEST((tpm.nv_public(index.handle).value() == index));
  BOOST_TEST((code_of(tpm.nv_read(index)) == Errc::not_found));
  BOOST_TEST((code_of(tpm.nv_increment(index, {})) == Errc::unverified));
  for (int i = 0; i < 3; ++i)
    BOOST_REQUIRE(tpm.nv_increment(index, policy));
  const auto value = tpm.nv_read(index).value();
  machine.restart();
  Tpm& later = machine.tpm();
  BOOST_TEST((later.nv_read(index).value() == value));
  BOOST_TEST((later.nv_public(index.handle).value() == index.after_write()));
  // Removed and made again, it starts above where it was: this is what the floor rests on.
  BOOST_REQUIRE(later.nv_undefine(index.handle));
  BOOST_TEST((code_of(later.nv_undefine(index.handle)) == Errc::not_found));
  BOOST_REQUIRE(later.nv_define(index));
  BOOST_REQUIRE(later.nv_increment(index, policy));
  BOOST_TEST(read_be(later.nv_read(index).value()) == read_be(value) + 1);
  // Another definition at the same handle is another index.
  NvPublic other = index;
  other.attributes |= nv_attribute::owner_read;
  BOOST_TEST((code_of(later.nv_read(other)) == Errc::unverified));
  BOOST_TEST((code_of(later.nv_increment(other, policy)) == Errc::unverified));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(ordinary_indexes_are_written_and_locked, Machine, Machines) {
  Machine machine;
  Tpm& tpm = machine.tpm();
  const auto policy = pcr_policy(tpm, {15});
  const NvPublic index{.handle = 0x018A5778,
                       .attributes = nv_attribute::policy_write | nv_attribute::write_define | nv_attribute::auth_read |
                                     nv_attribute::no_dictionary_attack,
                       .write_policy = policy_digest(policy).value(),
                       .size_bytes = 4};
  BOOST_REQUIRE(tpm.nv_define(index));
  BOOST_TEST((code_of(tpm.nv_write(index, as_bytes("abc"), policy)) == Errc::usage));
  BOOST_TEST((code_of(tpm.nv_write(index, as_bytes("abcd"), {})) == Errc::unverified));
  BOOST_REQUIRE(tpm.nv_write(index, as_bytes("abcd"), policy));
  BOOST_REQUIRE(tpm.nv_write(index, as_bytes("efgh"), policy));
  BOOST_REQUIRE(tpm.nv_lock(index, policy));
  BOOST_TEST((code_of(tpm.nv_write(index, as_bytes("ijkl"), policy)) == Errc::conflict));
  machine.restart();
  BOOST_TEST((code_of(machine.tpm().nv_write(index, as_bytes("ijkl"), policy)) == Errc::conflict));
  BOOST_TEST(as_text(machine.tpm().nv_read(index).value()) == "efgh");
  BOOST_TEST(machine.tpm().nv_public(index.handle).value()->is_locked());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(policies_over_nv_indexes, Machine, Machines) {
  Machine machine;
  Tpm& tpm = machine.tpm();
  const Policy write{PolicyCommandCode{.code = command_nv_increment}};
  const NvPublic index{.handle = 0x018A5779,
                       .attributes = nv_attribute::counter | nv_attribute::policy_write | nv_attribute::auth_read |
                                     nv_attribute::no_dictionary_attack,
                       .write_policy = policy_digest(write).value(),
                       .size_bytes = 8};
  const auto opens = [&](std::uint64_t version) {
    const Policy policy{PolicyNv{.index = index.after_write(),
                                 .comparison = NvComparison::unsigned_less_or_equal,
                                 .operand = nv_number(version)}};
    const auto sealed = tpm.seal(secret("x"), policy_digest(policy).value()).value();
    return tpm.unseal(sealed, policy);
  };
  BOOST_TEST((code_of(opens(1)) == Errc::not_found));
  BOOST_REQUIRE(tpm.nv_define(index));
  BOOST_TEST((code_of(opens(1)) == Errc::unverified));  // never written: another Name
  BOOST_REQUIRE(tpm.nv_increment(index, write));
  BOOST_REQUIRE(tpm.nv_increment(index, write));
  BOOST_TEST((code_of(opens(1)) == Errc::unverified));
  BOOST_TEST(opens(2).has_value());
  BOOST_TEST(opens(300).has_value());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(quotes_are_signed_and_say_what_was_asked, Machine, Machines) {
  Machine machine;
  Tpm& tpm = machine.tpm();
  (void)tpm.extend(11, as_bytes("x")).value();
  const auto key = tpm.make_attestation_key().value();
  const auto wanted = selection({4, 7, 11});
  const auto nonce = sha256(as_bytes("nonce")).value();
  const auto quote = tpm.quote(key, wanted, nonce.bytes()).value();
  const auto point = p256_point(key.public_area).value();
  BOOST_TEST(verify_p256(point, quote.attested, quote.signature).has_value());
  BOOST_TEST((code_of(verify_p256(point, as_bytes("other"), quote.signature)) == Errc::unverified));
  const Bytes attested{quote.attested};
  BOOST_TEST(to_hex(attested.first(6)) == "ff5443478018");
  const auto contains = [&](Bytes part) { return !std::ranges::search(attested, part).empty(); };
  BOOST_TEST(contains(nonce.bytes()));
  BOOST_TEST(contains(wanted.marshalled()));
  BOOST_TEST(contains(composite_digest(tpm.read(wanted).value()).value().bytes()));
  BOOST_TEST((code_of(tpm.quote(key, wanted, std::vector<std::byte>(33))) == Errc::usage));
  BOOST_TEST((code_of(tpm.platform_quote(0x81000003, wanted, nonce.bytes())) == Errc::not_found));
  auto foreign = key;
  foreign.private_area.back() ^= std::byte{1};
  BOOST_TEST((code_of(tpm.quote(foreign, wanted, nonce.bytes())) == Errc::unverified));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(credentials_open_for_their_tpm_and_key, Machine, Machines) {
  Machine machine;
  Tpm& tpm = machine.tpm();
  const auto endorsement = tpm.endorsement_key().value();
  BOOST_TEST((tpm.endorsement_key().value() == endorsement));
  const auto key = tpm.make_attestation_key().value();
  const auto other = tpm.make_attestation_key().value();
  const auto credential = make_credential(endorsement, key.name().value(), secret("challenge")).value();
  BOOST_TEST(tpm.activate_credential(key, credential).value().equals(secret("challenge")));
  BOOST_TEST((code_of(tpm.activate_credential(other, credential)) == Errc::unverified));
  auto altered = credential;
  altered.blob.back() ^= std::byte{1};
  BOOST_TEST((code_of(tpm.activate_credential(key, altered)) == Errc::unverified));
  altered = credential;
  altered.encrypted_secret.resize(9);
  BOOST_TEST((code_of(tpm.activate_credential(key, altered)) == Errc::unverified));
  const auto elsewhere = make_credential(other.public_area, key.name().value(), secret("challenge")).value();
  BOOST_TEST((code_of(tpm.activate_credential(key, elsewhere)) == Errc::unverified));
}
