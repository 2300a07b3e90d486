// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/secret.hpp"
#include "tpm/policy.hpp"

namespace asterism::tpm {

/// What one measurement put into each active bank, for the event log.
using BankDigests = std::map<HashAlgorithm, Digest>;

/// A secret under a policy, as it is kept outside the TPM. Only that TPM can open it.
struct SealedSecret {
  std::vector<std::byte> public_area;   ///< TPM2B_PUBLIC without its length
  std::vector<std::byte> private_area;  ///< TPM2B_PRIVATE without its length
  std::vector<std::byte> parent_name;   ///< Name of the storage key it belongs to

  /// The Name of the sealed object. @errors `internal` from OpenSSL.
  [[nodiscard]] Result<std::vector<std::byte>> name() const;

  friend bool operator==(const SealedSecret&, const SealedSecret&) = default;
};

/// Reading and extending PCRs. @source TPM 2.0 Library, Part 3, 22.
class Pcrs {
 public:
  virtual ~Pcrs() = default;

  /// The banks that have PCRs allocated, of those the project knows, in the order of hash_algorithms.
  /// @errors `unsupported` if there is none.
  virtual Result<std::vector<HashAlgorithm>> active_banks() = 0;

  /// The values, in the order of the selection. @errors `unsupported` if the bank is not active.
  virtual Result<std::vector<Digest>> read(const PcrSelection& selection) = 0;

  /// Measures `event`: its digest goes into `pcr` of every active bank.
  /// @returns what was extended. @errors `usage` for a PCR above 23; `unverified` if this locality may not extend it.
  virtual Result<BankDigests> extend(Pcr pcr, Bytes event) = 0;
};

/// Keys that open only while a policy holds. @source Part 3, 12.
class Sealing {
 public:
  virtual ~Sealing() = default;

  /// Seals under the storage key: persistent at 0x81000001 where there is one, else made for this call.
  /// The secret crosses the bus encrypted to the storage key.
  /// @param policy digest of the policy that opens it; nothing else does.
  /// @errors `usage` for a secret of 0 or more than 128 bytes.
  virtual Result<SealedSecret> seal(const SecretBytes& secret, const Digest& policy) = 0;

  /// Opens it while `policy` holds. The secret crosses the bus encrypted.
  /// @errors `unverified` if the policy does not hold, a signature is wrong, the secret is another TPM's or was
  ///         altered, or the storage key is not the one it was sealed under; `conflict` if a PCR changed meanwhile.
  virtual Result<SecretBytes> unseal(const SealedSecret& sealed, const Policy& policy) = 0;
};

/// NV indexes. What is written is under a write policy; reading needs none. @source Part 3, 31.
class Nv {
 public:
  virtual ~Nv() = default;

  /// The index at a handle, or nullopt.
  virtual Result<std::optional<NvPublic>> nv_public(std::uint32_t handle) = 0;

  /// Defines an index with an empty authorisation value, by the (empty) authorisation of the owner hierarchy.
  /// @errors `conflict` if the handle is taken; `unverified` if the owner hierarchy has an authorisation value;
  ///         `unavailable` if there is no room.
  virtual Result<> nv_define(const NvPublic& index) = 0;

  /// Removes an index and what it holds. @errors `not_found`; `unverified` as nv_define().
  virtual Result<> nv_undefine(std::uint32_t handle) = 0;

  /// All of its bytes. The answer is authenticated against the bus.
  /// @errors `not_found` if there is none or nothing was written; `unverified` if it was not defined like `index`.
  virtual Result<std::vector<std::byte>> nv_read(const NvPublic& index) = 0;

  /// Adds one to a counter. A new counter starts above the highest value that any counter of this TPM ever had.
  /// @errors `not_found`; `unverified` if the policy does not hold, or it was not defined like `index`.
  virtual Result<> nv_increment(const NvPublic& index, const Policy& policy) = 0;

  /// Writes all bytes of an ordinary index. @errors as nv_increment(); `conflict` if it is locked;
  /// `usage` for another size.
  virtual Result<> nv_write(const NvPublic& index, Bytes content, const Policy& policy) = 0;

  /// Forbids writing until the index is undefined. @errors as nv_increment().
  virtual Result<> nv_lock(const NvPublic& index, const Policy& policy) = 0;
};

/// A key that signs only what the TPM itself says, as kept outside the TPM.
struct AttestationKey {
  std::vector<std::byte> public_area;
  std::vector<std::byte> private_area;

  /// @errors `internal` from OpenSSL.
  [[nodiscard]] Result<std::vector<std::byte>> name() const;
};

/// A signed statement of the TPM.
struct Quote {
  std::vector<std::byte> attested;   ///< TPMS_ATTEST
  std::vector<std::byte> signature;  ///< ECDSA over SHA-256 of `attested`, DER
};

/// A statement that a key of the platform signed, by whatever scheme that key has.
struct PlatformQuote {
  std::vector<std::byte> attested;   ///< TPMS_ATTEST
  std::vector<std::byte> signature;  ///< TPMT_SIGNATURE
};

/// A secret for whoever holds both an endorsement key and an attestation key; see make_credential().
struct Credential {
  std::vector<std::byte> blob;              ///< TPM2B_ID_OBJECT without its length
  std::vector<std::byte> encrypted_secret;  ///< TPM2B_ENCRYPTED_SECRET without its length
};

/// Evidence. @source Part 3, 18.4 and 12.5; TCG EK Credential Profile 2.5, template L-2 (ECC P-256).
class Quoting {
 public:
  virtual ~Quoting() = default;

  /// TPMT_PUBLIC of the endorsement key: persistent at 0x81010002 if that is one on P-256, else made from the template.
  virtual Result<std::vector<std::byte>> endorsement_key() = 0;

  /// A new restricted signing key on P-256, ECDSA with SHA-256, below the storage key.
  virtual Result<AttestationKey> make_attestation_key() = 0;

  /// The PCRs, the nonce and the TPM's clock, signed. @errors `usage` for a nonce over 32 bytes.
  virtual Result<Quote> quote(const AttestationKey& key, const PcrSelection& selection, Bytes nonce) = 0;

  /// The same by a signing key that the platform keeps at a persistent handle, with an empty authorisation value.
  /// @errors `not_found` if there is no key; `usage` for a nonce over 32 bytes.
  virtual Result<PlatformQuote> platform_quote(std::uint32_t handle, const PcrSelection& selection, Bytes nonce) = 0;

  /// The secret of a credential that was made for this TPM's endorsement key and for `key`.
  /// @errors `unverified` if it was made for others.
  virtual Result<SecretBytes> activate_credential(const AttestationKey& key, const Credential& credential) = 0;
};

/// A TPM 2.0.
class Tpm : public Pcrs, public Sealing, public Nv, public Quoting {};

/// Opens a TPM through tpm2-tss.
/// @param tcti a configuration string, such as "device:/dev/tpmrm0" on a node or "libtpms" in tests.
/// @errors `unavailable` if there is none or it does not answer; every method of the result gives `unavailable` too,
///         when the TPM stops answering.
/// @checked tests/unit/tpm/contract_test.cpp, against libtpms, and against the fake of testing/.
[[nodiscard]] Result<std::unique_ptr<Tpm>> open_tpm(const std::string& tcti);

}  // namespace asterism::tpm
