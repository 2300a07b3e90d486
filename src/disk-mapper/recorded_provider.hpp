// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "disk-mapper/key_provider.hpp"
#include "tpm/state_key.hpp"

namespace asterism::disk_mapper {

/// A provider whose record is the TPM's. There is one record for all of them, so a node has one state disk, whoever
/// gives its key.
class RecordedProvider : public KeyProvider {
 public:
  /// @errors those of tpm::read_disk_record().
  [[nodiscard]] Result<bool> has_record() final;
  /// @errors those of tpm::write_disk_record().
  [[nodiscard]] Result<> commit(const DiskIdentity& disk) final;
  [[nodiscard]] Result<> confirm(const DiskIdentity& disk) final;

 protected:
  /// @param tpm outlives the object.
  RecordedProvider(tpm::Tpm& tpm, tpm::ImageLine image) : tpm_{&tpm}, image_{std::move(image)} {}

  [[nodiscard]] tpm::Tpm& tpm() noexcept { return *tpm_; }
  [[nodiscard]] const tpm::ImageLine& image() const noexcept { return image_; }

 private:
  [[nodiscard]] Result<std::optional<Digest>> record();

  tpm::Tpm* tpm_;
  tpm::ImageLine image_;
  std::optional<Digest> record_;  ///< once it was read: it is written once and for good
};

}  // namespace asterism::disk_mapper
