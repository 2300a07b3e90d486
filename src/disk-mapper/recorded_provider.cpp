// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/recorded_provider.hpp"

namespace asterism::disk_mapper {

Result<std::optional<Digest>> RecordedProvider::record() {
  if (!record_) {
    ASTERISM_TRY(record_, tpm::read_disk_record(*tpm_, image_.key));
  }
  return record_;
}

Result<bool> RecordedProvider::has_record() {
  ASTERISM_TRY(const auto recorded, record());
  return recorded.has_value();
}

Result<> RecordedProvider::commit(const DiskIdentity& disk) {
  ASTERISM_TRY(const auto banks, tpm_->active_banks());
  return tpm::write_disk_record(*tpm_, image_, banks.front(), disk.identity);
}

Result<> RecordedProvider::confirm(const DiskIdentity& disk) {
  ASTERISM_TRY(const auto recorded, record());
  if (!recorded) return fail(Errc::not_found, "the TPM records no disk");
  if (*recorded != disk.identity) return fail(Errc::unverified, "{} is not the disk that this node made", disk.uuid);
  return {};
}

}  // namespace asterism::disk_mapper
