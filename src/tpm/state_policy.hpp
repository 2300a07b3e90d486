// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tpm/policy.hpp"

/// The policies of the state disk, as arithmetic. docs/tpm-policy.md has the reasons and the formulas.
namespace asterism::tpm {

// What signatures are for (policyRef). systemd's are for "", so that none of the three can stand for another.
inline constexpr std::string_view state_reference = "asterism.state.1";
inline constexpr std::string_view floor_reference = "asterism.floor.1";

// NV indexes, in the owner's range of the TCG's registry of handles.
inline constexpr std::uint32_t floor_handle = 0x018A5701;
inline constexpr std::uint32_t disk_record_handle = 0x018A5702;

/// PCRs that the signature over a state policy covers: kernel and phase, command line and add-ons, extensions.
inline constexpr Pcr signed_pcrs[] = {11, 12, 13};
/// The PCR that has to be zero still, whatever is signed.
inline constexpr Pcr identity_pcr = 15;

/// A floor is reached one increment at a time, so it stays small.
inline constexpr std::uint64_t security_version_max = 4096;

/// The counter that holds the floor: no image with a lower security version opens anything. Only signatures of `key`
/// move it, and only up; its Name depends on the key alone.
/// @errors `internal` from OpenSSL.
[[nodiscard]] Result<NvPublic> floor_index(const PublicKey& key);

/// The index that says which state disk this node made: written once, under recording_policy().
/// @errors `internal` from OpenSSL.
[[nodiscard]] Result<NvPublic> disk_record_index(const PublicKey& key);

/// What `key` signs for an image: PolicyPCR over signed_pcrs, then PolicyNV: floor <= security version.
/// @param values of signed_pcrs, in that order, of one bank.
/// @errors `usage` for another number of values, mixed banks or a version outside 1 to security_version_max.
[[nodiscard]] Result<Policy> approved_state_policy(const PublicKey& key, std::span<const Digest> values,
                                                   std::uint64_t security_version);

/// What the state disk's key is sealed under: PolicyAuthorize(key, state_reference), then PolicyPCR: PCR 15 is zero.
/// Together with an approved policy before it, it is what a session has to run.
/// @param signature over the approved policy; empty where only the digest is wanted.
/// @errors `internal` from OpenSSL.
[[nodiscard]] Result<Policy> sealing_policy(const PublicKey& key, HashAlgorithm bank,
                                            std::vector<std::byte> signature = {});

/// What the record of the state disk is written under: PolicyAuthorize(key, state_reference), with the signature over
/// the approved policy before it. PCR 15 may be extended: a node that joins is measured before it has its disk's key.
[[nodiscard]] Policy recording_policy(const PublicKey& key, std::vector<std::byte> signature = {});

/// What `key` signs once for all images: the first increment of a counter that was never written.
[[nodiscard]] Policy approved_floor_start();

/// What `key` signs for an image: increments while the floor is below `floor`.
/// @errors `usage` for a floor outside 1 to security_version_max.
[[nodiscard]] Result<Policy> approved_floor_raise(const PublicKey& key, std::uint64_t floor);

/// An approved floor policy with its signature: what a session for NV_Increment has to run.
[[nodiscard]] Policy floor_policy(Policy approved, const PublicKey& key, std::vector<std::byte> signature);

}  // namespace asterism::tpm
