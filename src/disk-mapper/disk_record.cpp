// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/disk_record.hpp"

namespace asterism::disk_mapper {

Result<bool> DiskRecord::exists() const {
  ASTERISM_TRY(const auto recorded, tpm::read_disk_record(*tpm_, image_->key));
  return recorded.has_value();
}

Result<> DiskRecord::write(const DiskIdentity& disk) const {
  ASTERISM_TRY(const auto banks, tpm_->active_banks());
  return tpm::write_disk_record(*tpm_, *image_, banks.front(), disk.identity);
}

Result<> DiskRecord::require(const DiskIdentity& disk) const {
  ASTERISM_TRY(const auto recorded, tpm::read_disk_record(*tpm_, image_->key));
  if (!recorded) return fail(Errc::not_found, "the TPM records no disk");
  if (*recorded != disk.identity) return fail(Errc::unverified, "{} is not the disk that this node made", disk.uuid);
  return {};
}

}  // namespace asterism::disk_mapper
