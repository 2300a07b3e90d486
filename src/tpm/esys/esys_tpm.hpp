// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tpm/esys/context.hpp"
#include "tpm/tpm.hpp"

struct TPMT_PUBLIC;

namespace asterism::tpm::esys {

/// The port over ESYS; each skill has its own file.
class EsysTpm final : public Tpm {
 public:
  explicit EsysTpm(Context context) : context_{std::move(context)} {}

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
  Context context_;
};

/// A public area as it goes over the wire. @errors `internal` from tpm2-tss.
[[nodiscard]] Result<std::vector<std::byte>> marshalled(const TPMT_PUBLIC& area);

/// Loads a key or sealed secret below `parent`. @errors `unverified` if it is not this parent's.
[[nodiscard]] Result<Owned> load(const Context& context, Resource parent, Resource session, Bytes public_area,
                                 Bytes private_area);

}  // namespace asterism::tpm::esys
