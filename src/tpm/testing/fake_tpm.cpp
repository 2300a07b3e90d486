// SPDX-License-Identifier: Apache-2.0
#include "tpm/testing/fake_tpm.hpp"

#include <algorithm>

#include "tpm/credential.hpp"
#include "tpm/wire.hpp"

namespace asterism::tpm::testing {
namespace {

// TPM_CC. @source TPM 2.0 Library, Part 2, 6.5.2.
constexpr std::uint32_t command_write = 0x00000137;
constexpr std::uint32_t command_lock = 0x00000138;
constexpr std::uint32_t command_unseal = 0x0000015E;
constexpr std::size_t secret_bytes_max = 128;

std::vector<std::byte> fresh_seed() {
  const auto secret = SecretBytes::random(32).value();
  return {secret.bytes().begin(), secret.bytes().end()};
}

/// TPMT_PUBLIC of a sealed object.
std::vector<std::byte> sealed_area(const Digest& policy, Bytes unique) {
  std::vector<std::byte> area;
  append_be(area, 0x0008, 2);      // keyedHash
  append_be(area, 0x000B, 2);      // SHA-256
  append_be(area, 0x00000412, 4);  // fixedTPM, fixedParent, noDA
  append_sized(area, policy.bytes());
  append_be(area, 0x0010, 2);  // no scheme
  append_sized(area, unique);
  return area;
}

/// TPMT_PUBLIC of a key on P-256.
std::vector<std::byte> key_area(std::uint32_t attributes, bool storage, Bytes point) {
  std::vector<std::byte> area;
  append_be(area, 0x0023, 2);
  append_be(area, 0x000B, 2);
  append_be(area, attributes, 4);
  append_sized(area, {});
  if (storage) {
    append_be(area, 0x000600800043, 6);  // AES, 128 bits, CFB
    append_be(area, 0x0010, 2);          // no scheme
  } else {
    append_be(area, 0x0010, 2);
    append_be(area, 0x0018000B, 4);  // ECDSA, SHA-256
  }
  append_be(area, 0x0003, 2);
  append_be(area, 0x0010, 2);
  append_sized(area, point.first(32));
  append_sized(area, point.last(32));
  return area;
}

bool holds(NvComparison comparison, Bytes content, Bytes operand) {
  const std::uint64_t a = read_be(content.first(operand.size()));
  const std::uint64_t b = read_be(operand);
  switch (comparison) {
    case NvComparison::equal:
      return a == b;
    case NvComparison::unsigned_less:
      return a < b;
    case NvComparison::unsigned_less_or_equal:
      return a <= b;
  }
  return false;
}

}  // namespace

struct FakeTpm::Index {
  NvPublic area;
  std::vector<std::byte> content;
};

struct FakeTpm::Keys {
  P256Key endorsement;
  std::vector<std::pair<AttestationKey, P256Key>> attestation;
};

FakeTpm::FakeTpm(std::vector<HashAlgorithm> banks)
    : banks_{std::move(banks)},
      seed_{fresh_seed()},
      keys_{std::make_unique<Keys>(P256Key::generate().value(), std::vector<std::pair<AttestationKey, P256Key>>{})} {
  restart();
}

FakeTpm::~FakeTpm() = default;

Result<> FakeTpm::next() {
  if (failures_.empty()) return {};
  auto error = std::move(failures_.front());
  failures_.pop_front();
  if (!error) return {};
  return std::unexpected{*std::move(error)};
}

void FakeTpm::fail_after(unsigned count, Error error) {
  failures_.insert(failures_.end(), count, std::nullopt);
  failures_.emplace_back(std::move(error));
}

void FakeTpm::restart() {
  for (const HashAlgorithm bank : banks_) {
    std::vector<Digest> values(pcr_max + 1, Digest{bank});
    std::vector<std::byte> ones(digest_size_bytes(bank), std::byte{0xff});
    for (Pcr pcr = 17; pcr <= 22; ++pcr)
      values[pcr] = Digest::from_bytes(bank, ones).value();
    pcrs_.insert_or_assign(bank, std::move(values));
  }
}

void FakeTpm::clear() {
  indexes_.clear();
  seed_ = fresh_seed();
}

Result<std::vector<HashAlgorithm>> FakeTpm::active_banks() {
  ASTERISM_CHECK(next());
  if (banks_.empty()) return fail(Errc::unsupported, "the TPM has neither a SHA-256 nor a SHA-384 bank");
  return banks_;
}

Result<std::vector<Digest>> FakeTpm::read(const PcrSelection& selection) {
  ASTERISM_CHECK(next());
  const auto bank = pcrs_.find(selection.bank());
  if (bank == pcrs_.end()) return fail(Errc::unsupported, "the {} bank is not active", to_string(selection.bank()));
  std::vector<Digest> values;
  for (const Pcr pcr : selection.pcrs())
    values.push_back(bank->second[pcr]);
  return values;
}

Result<BankDigests> FakeTpm::extend(Pcr pcr, Bytes event) {
  ASTERISM_CHECK(next());
  if (pcr > pcr_max) return fail(Errc::usage, "PCR {}: the last one is {}", pcr, pcr_max);
  if (pcr >= 17 && pcr <= 22) return fail(Errc::unverified, "PCR {} is not for this locality", pcr);
  BankDigests extended;
  for (auto& [bank, values] : pcrs_) {
    ASTERISM_TRY(const auto digest, hash(bank, event));
    ASTERISM_TRY(values[pcr], hash(bank, {values[pcr].bytes(), digest.bytes()}));
    extended.emplace(bank, digest);
  }
  return extended;
}

Result<Digest> FakeTpm::run(const Policy& policy, const Index* target, std::uint32_t command) {
  Digest digest{HashAlgorithm::sha256};
  for (const PolicyStep& step : policy) {
    if (const auto* pcr = std::get_if<PolicyPcr>(&step)) {
      ASTERISM_TRY(const auto values, read(pcr->selection));
      ASTERISM_TRY(const auto composite, composite_digest(values));
      if (composite != pcr->values) return fail(Errc::unverified, "PolicyPCR does not hold");
    } else if (const auto* nv = std::get_if<PolicyNv>(&step)) {
      const auto found = indexes_.find(nv->index.handle);
      if (found == indexes_.end()) return fail(Errc::not_found, "there is no NV index {:#x}", nv->index.handle);
      if (found->second->area != nv->index) return fail(Errc::unverified, "another NV index than the policy's");
      if (!nv->index.is_written()) return fail(Errc::not_found, "NV index never written");
      if (!holds(nv->comparison, found->second->content, nv->operand)) {
        return fail(Errc::unverified, "PolicyNV does not hold");
      }
    } else if (const auto* written = std::get_if<PolicyNvWritten>(&step)) {
      if (!target || target->area.is_written() != written->written) return fail(Errc::unverified, "PolicyNvWritten");
    } else if (const auto* code = std::get_if<PolicyCommandCode>(&step)) {
      if (code->code != command) return fail(Errc::unverified, "the policy is for another command");
    } else if (const auto* authorize = std::get_if<PolicyAuthorize>(&step)) {
      ASTERISM_CHECK(authorize->key.verify(signed_policy_message(digest, authorize->reference), authorize->signature));
    }
    ASTERISM_TRY(digest, extend_policy(digest, step));
  }
  return digest;
}

Result<std::vector<std::byte>> FakeTpm::stream(Bytes nonce, std::size_t size) const {
  std::vector<std::byte> bytes;
  for (std::uint64_t block = 0; bytes.size() < size; ++block) {
    std::vector<std::byte> number;
    append_be(number, block, 8);
    ASTERISM_TRY(const auto digest, hash(HashAlgorithm::sha256, {seed_, nonce, number}));
    append(bytes, digest.bytes());
  }
  bytes.resize(size);
  return bytes;
}

Result<Digest> FakeTpm::seal_mac(const SealedSecret& sealed) const {
  return hash(HashAlgorithm::sha256, {seed_, sealed.public_area, Bytes{sealed.private_area}.subspan(32)});
}

Result<SealedSecret> FakeTpm::seal(const SecretBytes& secret, const Digest& policy) {
  ASTERISM_CHECK(next());
  if (secret.size() == 0 || secret.size() > secret_bytes_max) {
    return fail(Errc::usage, "a secret of {} bytes cannot be sealed", secret.size());
  }
  const auto nonce = fresh_seed();
  SealedSecret sealed{.public_area = sealed_area(policy, nonce), .private_area = {}, .parent_name = {}};
  ASTERISM_TRY(auto hidden, stream(nonce, secret.size()));
  std::ranges::transform(hidden, secret.bytes(), hidden.begin(), std::bit_xor{});
  sealed.private_area.resize(32);
  append(sealed.private_area, hidden);
  ASTERISM_TRY(const auto mac, seal_mac(sealed));
  std::ranges::copy(mac.bytes(), sealed.private_area.begin());
  ASTERISM_TRY(sealed.parent_name, name_of(seed_));
  return sealed;
}

Result<SecretBytes> FakeTpm::unseal(const SealedSecret& sealed, const Policy& policy) {
  ASTERISM_CHECK(next());
  ASTERISM_TRY(const auto parent, name_of(seed_));
  if (parent != sealed.parent_name) return fail(Errc::unverified, "the secret belongs to another TPM");
  if (sealed.private_area.size() <= 32) return fail(Errc::unverified, "altered");
  ASTERISM_TRY(const auto mac, seal_mac(sealed));
  if (!std::ranges::equal(mac.bytes(), Bytes{sealed.private_area}.first(32))) return fail(Errc::unverified, "altered");
  ASTERISM_TRY(const auto digest, run(policy, nullptr, command_unseal));
  const Bytes area{sealed.public_area};
  if (!std::ranges::equal(digest.bytes(), area.subspan(10, 32))) return fail(Errc::unverified, "another policy");
  const Bytes hidden = Bytes{sealed.private_area}.subspan(32);
  ASTERISM_TRY(const auto key, stream(area.last(32), hidden.size()));
  ASTERISM_TRY(auto secret, SecretBytes::zeros(hidden.size()));
  std::ranges::transform(hidden, key, secret.writable().begin(), std::bit_xor{});
  return secret;
}

Result<std::optional<NvPublic>> FakeTpm::nv_public(std::uint32_t handle) {
  ASTERISM_CHECK(next());
  const auto found = indexes_.find(handle);
  return found == indexes_.end() ? std::optional<NvPublic>{} : found->second->area;
}

Result<> FakeTpm::nv_define(const NvPublic& index) {
  ASTERISM_CHECK(next());
  if (indexes_.contains(index.handle)) return fail(Errc::conflict, "NV index {:#x} is taken", index.handle);
  indexes_.emplace(index.handle, std::make_unique<Index>(index, std::vector<std::byte>(index.size_bytes)));
  return {};
}

Result<> FakeTpm::nv_undefine(std::uint32_t handle) {
  ASTERISM_CHECK(next());
  if (indexes_.erase(handle) == 0) return fail(Errc::not_found, "there is no NV index {:#x}", handle);
  return {};
}

Result<FakeTpm::Index*> FakeTpm::find_index(const NvPublic& wanted) {
  const auto found = indexes_.find(wanted.handle);
  if (found == indexes_.end()) return fail(Errc::not_found, "there is no NV index {:#x}", wanted.handle);
  if (!found->second->area.defined_like(wanted)) return fail(Errc::unverified, "NV index defined by somebody else");
  return found->second.get();
}

Result<FakeTpm::Index*> FakeTpm::writable(const NvPublic& wanted, const Policy& policy, std::uint32_t command) {
  ASTERISM_TRY(Index* const index, find_index(wanted));
  ASTERISM_TRY(const auto digest, run(policy, index, command));
  if (index->area.write_policy != digest) return fail(Errc::unverified, "another policy than that of the NV index");
  if (index->area.is_locked()) return fail(Errc::conflict, "NV index {:#x} is locked", wanted.handle);
  return index;
}

Result<std::vector<std::byte>> FakeTpm::nv_read(const NvPublic& index) {
  ASTERISM_CHECK(next());
  ASTERISM_TRY(const Index* const found, find_index(index));
  if (!found->area.is_written()) return fail(Errc::not_found, "NV index {:#x} holds nothing yet", index.handle);
  return found->content;
}

Result<> FakeTpm::nv_increment(const NvPublic& index, const Policy& policy) {
  ASTERISM_CHECK(next());
  ASTERISM_TRY(Index* const found, writable(index, policy, command_nv_increment));
  const std::uint64_t before = found->area.is_written() ? read_be(found->content) : counter_max_;
  found->content = nv_number(before + 1);
  found->area.attributes |= nv_attribute::written;
  counter_max_ = std::max(counter_max_, before + 1);
  return {};
}

Result<> FakeTpm::nv_write(const NvPublic& index, Bytes content, const Policy& policy) {
  ASTERISM_CHECK(next());
  if (content.size() != index.size_bytes) return fail(Errc::usage, "content of {} bytes", content.size());
  ASTERISM_TRY(Index* const found, writable(index, policy, command_write));
  found->content.assign(content.begin(), content.end());
  found->area.attributes |= nv_attribute::written;
  return {};
}

Result<> FakeTpm::nv_lock(const NvPublic& index, const Policy& policy) {
  ASTERISM_CHECK(next());
  ASTERISM_TRY(Index* const found, writable(index, policy, command_lock));
  found->area.attributes |= nv_attribute::write_locked;
  return {};
}

Result<std::vector<std::byte>> FakeTpm::endorsement_key() {
  ASTERISM_CHECK(next());
  return key_area(0x000300B2, /* storage= */ true, keys_->endorsement.point());
}

Result<AttestationKey> FakeTpm::make_attestation_key() {
  ASTERISM_CHECK(next());
  ASTERISM_TRY(auto key, P256Key::generate());
  AttestationKey outside{.public_area = key_area(0x00050472, /* storage= */ false, key.point()), .private_area = {}};
  append(outside.private_area, as_bytes("kept inside"));
  keys_->attestation.emplace_back(outside, std::move(key));
  return outside;
}

Result<Quote> FakeTpm::quote(const AttestationKey& key, const PcrSelection& selection, Bytes nonce) {
  ASTERISM_CHECK(next());
  if (nonce.size() > 32) return fail(Errc::usage, "a nonce of {} bytes (32 at most)", nonce.size());
  const auto found = std::ranges::find_if(keys_->attestation, [&](const auto& pair) {
    return pair.first.public_area == key.public_area && pair.first.private_area == key.private_area;
  });
  if (found == keys_->attestation.end()) return fail(Errc::unverified, "no key of this TPM");
  ASTERISM_TRY(const auto values, read(selection));
  ASTERISM_TRY(const auto composite, composite_digest(values));
  ASTERISM_TRY(const auto name, key.name());
  Quote quote;
  append_be(quote.attested, 0xFF544347, 4);  // TPM_GENERATED_VALUE
  append_be(quote.attested, 0x8018, 2);      // TPM_ST_ATTEST_QUOTE
  append_sized(quote.attested, name);        // a real one has the qualified name here
  append_sized(quote.attested, nonce);
  append_be(quote.attested, 0, 8);  // clock
  append_be(quote.attested, 0, 8);  // resetCount, restartCount
  append_be(quote.attested, 1, 1);  // safe
  append_be(quote.attested, 0, 8);  // firmware version
  append(quote.attested, selection.marshalled());
  append_sized(quote.attested, composite.bytes());
  ASTERISM_TRY(quote.signature, found->second.sign(quote.attested));
  return quote;
}

Result<PlatformQuote> FakeTpm::platform_quote(std::uint32_t handle, const PcrSelection& /*selection*/, Bytes nonce) {
  ASTERISM_CHECK(next());
  if (nonce.size() > 32) return fail(Errc::usage, "a nonce of {} bytes (32 at most)", nonce.size());
  return fail(Errc::not_found, "handle {:#x}", handle);
}

Result<SecretBytes> FakeTpm::activate_credential(const AttestationKey& key, const Credential& credential) {
  ASTERISM_CHECK(next());
  ASTERISM_TRY(const auto name, key.name());
  return open_credential(keys_->endorsement, name, credential);
}

}  // namespace asterism::tpm::testing
