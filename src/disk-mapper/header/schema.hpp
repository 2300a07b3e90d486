// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace asterism::disk_mapper {

/// Label of every state disk, in the binary header.
inline constexpr std::string_view state_label = "asterism-state";
/// Type of the one token that a state disk's header has.
inline constexpr std::string_view token_type = "asterism-state";
inline constexpr std::string_view data_cipher = "aes-xts-plain64";
inline constexpr std::string_view data_integrity = "hmac(sha256)";
/// AES-256-XTS (64) and HMAC-SHA-256 (32).
inline constexpr std::uint64_t volume_key_bytes = 96;
inline constexpr std::uint64_t data_sector_bytes = 4096;
/// 4000 stripes of the volume key, rounded up to 4 KiB.
inline constexpr std::uint64_t key_slot_area_bytes = 385024;
inline constexpr unsigned max_key_slots = 8;
/// One; two while the node's key is being replaced.
inline constexpr unsigned max_node_slots = 2;
/// Keys are random, so that stretching adds nothing; the upper bound keeps a header from stalling the boot.
inline constexpr std::uint64_t min_iterations = 1000;
inline constexpr std::uint64_t max_iterations = 10'000;

/// Room for what a key provider keeps in the header.
inline constexpr std::size_t max_sealed_characters = 4096;

/// What a key slot is for.
enum class SlotRole : std::uint8_t { node, recovery };

/// "node" or "recovery", as in the token.
[[nodiscard]] std::string_view to_string(SlotRole role) noexcept;

/// Where the encrypted copies of the volume key lie, from the start of the disk.
struct KeySlot {
  std::uint64_t offset_bytes = 0;
  SlotRole role = SlotRole::node;

  friend bool operator==(const KeySlot&, const KeySlot&) = default;
};

/// The JSON area of a state disk: everything that the schema leaves open.
struct Metadata {
  std::map<unsigned, KeySlot> slots;  ///< by number; at least one, at most max_node_slots of role node
  std::uint64_t generation = 0;       ///< grows by one with every change of the header
  std::string sealed;                 ///< the key provider's text, see KeyProvider::seal()
  std::vector<std::byte> mac;         ///< 32 bytes

  friend bool operator==(const Metadata&, const Metadata&) = default;
};

/// Where the areas of the key slots start, in the order of the slots' numbers.
[[nodiscard]] std::vector<std::uint64_t> area_offsets(const Metadata& metadata);

/// Reads a JSON area strictly: exact ciphers and sizes, one segment over the whole data area with authenticated
/// encryption, key slots inside their area and apart from each other, nothing that it does not know.
/// @errors `corrupt` for broken JSON, duplicate keys, missing fields or wrong types; `unsupported` for a document
///         beyond the limits of parse_json(); `unverified` for any other value or field than those of a state disk.
/// @source LUKS2 On-Disk Format Specification 1.1.3, section 3; docs/state-disk.md.
[[nodiscard]] Result<Metadata> read_metadata(std::string_view json);

/// The JSON text without the MAC, written in one way only: what the MAC is computed over.
/// @errors as read_metadata().
[[nodiscard]] Result<std::string> text_without_mac(std::string_view json);

/// The token that says which slot is for what, and carries the MAC (zeros until it is known).
[[nodiscard]] std::string token_json(const Metadata& metadata);

}  // namespace asterism::disk_mapper
