// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "tpm/policy_document.hpp"
#include "tpm/tpm.hpp"

/// What disk-mapper and upgrade-agent do with a TPM. docs/tpm-policy.md has the design.
namespace asterism::tpm {

/// The state disk's key, sealed; it says nothing secret and may lie on the disk.
struct StateKey {
  HashAlgorithm bank = HashAlgorithm::sha256;  ///< of the PCRs that the policy names
  SealedSecret sealed;

  friend bool operator==(const StateKey&, const StateKey&) = default;
};

/// As JSON, for a LUKS2 token: {"format":1,"bank":…,"public":…,"private":…,"parent":…}, base64.
[[nodiscard]] Json to_json(const StateKey& key);

/// Reads it from a disk. @errors `corrupt`; `unverified` for unknown keys; `unsupported` for another format.
[[nodiscard]] Result<StateKey> parse_state_key(const Json& json);

/// The two things of the running image that decide: its policy key (.pcrpkey) and its signatures (.pcrsig).
struct ImageLine {
  PublicKey key;
  PolicyDocument document;

  /// From the two sections as systemd-stub hands them over.
  /// @errors those of PublicKey::from_pem() and parse_policy_document(); `not_found` if the signatures are systemd's
  ///         alone; `unverified` if those of the floor are not by the key.
  [[nodiscard]] static Result<ImageLine> make(std::string_view key_pem, std::string_view document_json);

  /// @returns security version that the image's signatures carry.
  [[nodiscard]] std::uint64_t security_version() const { return document.asterism->security_version; }
};

/// The floor of this TPM, or nullopt where no image line of this key ever ran.
/// @errors `unverified` if the index was defined by somebody else.
[[nodiscard]] Result<std::optional<std::uint64_t>> read_floor(Tpm& tpm, const PublicKey& key);

/// Raises the floor to what the image's signatures allow, from nothing if need be; it never falls. Interrupted, it goes
/// on with the next call.
/// @returns the floor afterwards.
/// @errors `unverified` as read_floor(), or if the counter starts above what the image may have (a TPM that had other
///         counters); those of Nv.
[[nodiscard]] Result<std::uint64_t> raise_floor(Tpm& tpm, const ImageLine& image);

/// Seals the key of a new state disk under the policy of the image line, in the first active bank.
/// The floor has to exist: raise_floor() comes first. @errors `conflict` if it does not; those of Sealing.
[[nodiscard]] Result<StateKey> seal_state_key(Tpm& tpm, const PublicKey& key, const SecretBytes& secret);

/// Opens it, in the initramfs of an image of the line, at or above the floor, before PCR 15 is extended.
/// @errors `unverified` with the reason that is found first: PCR 15 extended, floor above the image, command line or
///         extensions added, an image or phase that was not signed, another key; those of Sealing.
[[nodiscard]] Result<SecretBytes> unseal_state_key(Tpm& tpm, const ImageLine& image, const StateKey& key);

/// The identity of the state disk that this node made, or nullopt. Only images of the line, at or above the floor,
/// in their initramfs could have written it, so what it names may be trusted; but whoever may use the owner hierarchy
/// could have removed it. @errors `unverified` if the index was defined by somebody else.
[[nodiscard]] Result<std::optional<Digest>> read_disk_record(Tpm& tpm, const PublicKey& key);

/// Writes the record, once and for good. Interrupted, the same call completes it. PCR 15 may be extended already.
/// @param identity 32 bytes that only who has the disk's volume key can make.
/// @errors `conflict` if another identity stands there; `unverified` as unseal_state_key().
[[nodiscard]] Result<> write_disk_record(Tpm& tpm, const ImageLine& image, HashAlgorithm bank, const Digest& identity);

/// Removes the record, so that a new disk may be made: for an operator who decided to give up the old one.
/// @errors `unverified` if the owner hierarchy has an authorisation value. Success where there is none.
[[nodiscard]] Result<> remove_disk_record(Tpm& tpm);

}  // namespace asterism::tpm
