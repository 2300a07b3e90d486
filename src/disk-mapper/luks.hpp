// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "common/secret.hpp"
#include "disk-mapper/header/image.hpp"
#include "disk-mapper/header/schema.hpp"

namespace asterism::disk_mapper {

/// What libcryptsetup does with a header in memory. No device is touched; needs neither root nor device mapper.

/// Metadata of a new state disk without key slots, and zeros behind it: header_bytes. libcryptsetup 2.7.5 can format
/// with integrity only through the kernel and onto the disk, so this is written here; key slots come from it.
/// @param volume_key volume_key_bytes. @errors `usage` for another size; `internal` from OpenSSL.
/// @source LUKS2 On-Disk Format Specification 1.1.3, sections 2 and 3.
[[nodiscard]] Result<std::vector<std::byte>> make_header(const std::string& uuid, const SecretBytes& volume_key);

/// Adds a key slot for `key`. @returns its number.
/// @errors `conflict` where all slots are taken; `unverified` for a volume key that is not this header's; `internal`.
[[nodiscard]] Result<unsigned> add_key_slot(const HeaderFile& header, const SecretBytes& volume_key,
                                            const SecretBytes& key);

/// Removes a key slot from the metadata. @errors `not_found`; `internal`.
[[nodiscard]] Result<> remove_key_slot(const HeaderFile& header, unsigned slot);

/// Replaces the token. @errors `internal`.
[[nodiscard]] Result<> set_token(const HeaderFile& header, const std::string& json);

/// The volume key, and through which slot it came.
struct Unlocked {
  SecretBytes volume_key;
  unsigned slot = 0;
};

/// Tries all key slots. @errors `unverified` where the key opens none; `internal`.
[[nodiscard]] Result<Unlocked> unlock(const HeaderFile& header, const SecretBytes& key);

/// What libcryptsetup reads in a header: for tests of the checker.
struct LuksView {
  std::string uuid;
  std::string cipher;  ///< "aes-xts-plain64"
  std::string integrity;
  std::uint64_t volume_key_bytes = 0;
  std::uint64_t data_offset_bytes = 0;
  std::uint64_t sector_bytes = 0;
  unsigned active_slots = 0;
};

/// @errors `corrupt` where libcryptsetup refuses the header.
[[nodiscard]] Result<LuksView> view_header(const HeaderFile& header);

}  // namespace asterism::disk_mapper
