// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "disk-mapper/disk_identity.hpp"
#include "tpm/state_key.hpp"

namespace asterism::disk_mapper {

/// The TPM's record of the disk that this node made. There is one for all providers, so a node has one state disk,
/// whoever gives its key.
class DiskRecord {
 public:
  /// @param tpm, image outlive the object.
  DiskRecord(tpm::Tpm& tpm, const tpm::ImageLine& image) : tpm_{&tpm}, image_{&image} {}

  /// @errors those of tpm::read_disk_record().
  [[nodiscard]] Result<bool> exists() const;
  /// Writes it, for good. @errors those of tpm::write_disk_record().
  [[nodiscard]] Result<> write(const DiskIdentity& disk) const;
  /// @errors `unverified` where another disk is recorded; `not_found` where none is.
  [[nodiscard]] Result<> require(const DiskIdentity& disk) const;

 private:
  tpm::Tpm* tpm_;
  const tpm::ImageLine* image_;
};

}  // namespace asterism::disk_mapper
