// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/secret.hpp"
#include "disk-mapper/header/mac.hpp"
#include "disk-mapper/node_storage.hpp"

namespace asterism::disk_mapper {

/// A header that may be opened or written to the disk: its bytes with both copies alike, and what they say.
struct SealedHeader {
  AuthenticatedHeader header;
  std::vector<std::byte> image;
};

/// What the token of a header says, apart from its MAC.
struct HeaderFacts {
  std::uint64_t generation = 0;
  std::set<unsigned> node_slots;  ///< numbers of the slots of role node
  std::string sealed;             ///< the key provider's text
};

/// Gives the header in `file` a token with these facts and the MAC; reads it back through the checker.
/// @errors as authenticate(), check_header() and set_token().
[[nodiscard]] Result<SealedHeader> seal_header(const HeaderFile& file, const SecretBytes& volume_key,
                                               const HeaderFacts& facts);

/// A header as it was read from the disk, each part once. Well-formed, not yet known to be ours.
struct ReadHeader {
  CheckedHeader checked;
  std::vector<std::byte> areas;  ///< header_bytes: the areas of the key slots that `checked` names, and zeros
};

/// Reads and checks both copies of the metadata, without key slots. @errors as check_header(); `io`.
[[nodiscard]] Result<CheckedHeader> read_copies(NodeStorage& storage, const std::string& device);

/// Reads the copies and then the key slots that they name, which need not fit them: see open_header().
/// @errors as read_copies().
[[nodiscard]] Result<ReadHeader> read_header(NodeStorage& storage, const std::string& device);

/// A header that a key opened and whose MAC was right.
struct OpenedHeader {
  SealedHeader sealed;
  HeaderFile file;  ///< of the sealed image
  SecretBytes volume_key;
  unsigned slot = 0;  ///< that the key opened
};

/// Opens a key slot in memory and compares the MAC; nothing is read from the disk again.
/// @errors as authenticate(); `unverified` where the key opens no slot.
[[nodiscard]] Result<OpenedHeader> open_header(const ReadHeader& read, const SecretBytes& key);

/// How much of a header is written.
enum class HeaderExtent : std::uint8_t { all, all_but_primary };

/// Brings the disk to `next`, safe against a power cut at any point; also repairs a torn copy.
/// @param old the header that the disk has, or nullptr. @errors as plan_update(); `io`.
[[nodiscard]] Result<> write_header(NodeStorage& storage, const std::string& device, const CheckedCopy* old,
                                    const SealedHeader& next, HeaderExtent extent = HeaderExtent::all);

}  // namespace asterism::disk_mapper
