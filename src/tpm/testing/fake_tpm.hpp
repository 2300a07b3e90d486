// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "tpm/tpm.hpp"

namespace asterism::tpm::testing {

/// A TPM in memory that computes like a real one: PCRs, policies, NV indexes, sealing, quotes. It passes the same
/// contract tests as libtpms.
///
/// Not like a real one: sealed secrets are only obfuscated, there is no bus, there are no sessions that could be
/// interrupted, and no platform keeps keys in it.
class FakeTpm final : public Tpm {
 public:
  explicit FakeTpm(std::vector<HashAlgorithm> banks = {HashAlgorithm::sha256, HashAlgorithm::sha384});
  ~FakeTpm() override;

  /// The next commands fail with these errors, in this order, before they change anything.
  void fail_next(Error error) { failures_.emplace_back(std::move(error)); }
  /// The command after `count` more fails like that.
  void fail_after(unsigned count, Error error);
  /// Power off and on: PCRs are zero again, all else stays.
  void restart();
  /// TPM2_Clear: NV indexes and all that was sealed are gone; counters do not start lower.
  void clear();

  Result<std::vector<HashAlgorithm>> active_banks() override;
  Result<std::vector<Digest>> read(const PcrSelection& selection) override;
  Result<BankDigests> extend(Pcr pcr, Bytes event) override;

  Result<SealedSecret> seal(const SecretBytes& secret, const Digest& policy) override;
  Result<SecretBytes> unseal(const SealedSecret& sealed, const Policy& policy) override;

  Result<std::optional<NvPublic>> nv_public(std::uint32_t handle) override;
  Result<> nv_define(const NvPublic& index) override;
  Result<> nv_undefine(std::uint32_t handle) override;
  Result<std::vector<std::byte>> nv_read(const NvPublic& index) override;
  Result<> nv_increment(const NvPublic& index, const Policy& policy) override;
  Result<> nv_write(const NvPublic& index, Bytes content, const Policy& policy) override;
  Result<> nv_lock(const NvPublic& index, const Policy& policy) override;

  Result<std::vector<std::byte>> endorsement_key() override;
  Result<AttestationKey> make_attestation_key() override;
  Result<Quote> quote(const AttestationKey& key, const PcrSelection& selection, Bytes nonce) override;
  Result<PlatformQuote> platform_quote(std::uint32_t handle, const PcrSelection& selection, Bytes nonce) override;
  Result<SecretBytes> activate_credential(const AttestationKey& key, const Credential& credential) override;

 private:
  struct Index;
  struct Keys;

  Result<> next();
  Result<Index*> find_index(const NvPublic& wanted);
  /// Runs a policy for a command on an index or, with nullptr, on a sealed secret; the digest it comes to.
  Result<Digest> run(const Policy& policy, const Index* target, std::uint32_t command);
  /// find_index(), then its write policy.
  Result<Index*> writable(const NvPublic& wanted, const Policy& policy, std::uint32_t command);
  [[nodiscard]] Result<std::vector<std::byte>> stream(Bytes nonce, std::size_t size) const;
  [[nodiscard]] Result<Digest> seal_mac(const SealedSecret& sealed) const;

  std::vector<HashAlgorithm> banks_;
  std::map<HashAlgorithm, std::vector<Digest>> pcrs_;
  std::map<std::uint32_t, std::unique_ptr<Index>> indexes_;
  std::uint64_t counter_max_ = 0;
  std::vector<std::byte> seed_;
  std::unique_ptr<Keys> keys_;
  std::deque<std::optional<Error>> failures_;  ///< nullopt: that command succeeds
};

}  // namespace asterism::tpm::testing
