// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/tpm_provider.hpp"

#include "common/base64.hpp"
#include "common/json.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr JsonLimits limits{.text_bytes = 4096, .depth = 4, .values = 32};

/// What the TPM records of a disk: it commits to the UUID and, through the sealed text, to the key.
Result<Digest> identity_of(const DiskIdentity& disk) {
  std::vector<std::byte> input;
  for (const std::string_view field :
       {std::string_view{"asterism state disk 1"}, std::string_view{disk.uuid}, std::string_view{disk.sealed}}) {
    append_le(input, field.size(), 8);
    append(input, as_bytes(field));
  }
  return sha256(input);
}

Result<tpm::StateKey> parse_sealed(const std::string& sealed) {
  ASTERISM_TRY(const auto text, from_base64(sealed));
  ASTERISM_TRY(const auto json, parse_json(as_text(text), limits));
  return tpm::parse_state_key(json);
}

class TpmProvider final : public KeyProvider {
 public:
  TpmProvider(tpm::Tpm& tpm, tpm::ImageLine image) : tpm_{&tpm}, image_{std::move(image)} {}

  [[nodiscard]] std::string_view name() const noexcept override { return "tpm2"; }

  [[nodiscard]] Result<bool> has_record() override {
    ASTERISM_TRY(const auto recorded, record());
    return recorded.has_value();
  }

  [[nodiscard]] Result<std::string> seal(const SecretBytes& key) override {
    if (key.size() != node_key_bytes) return fail(Errc::usage, "a key of {} bytes", key.size());
    ASTERISM_CHECK(tpm::raise_floor(*tpm_, image_), "raising the floor");
    ASTERISM_TRY(const auto sealed, tpm::seal_state_key(*tpm_, image_.key, key), "sealing the node's key");
    return to_base64(as_bytes(tpm::to_json(sealed).to_text()));
  }

  [[nodiscard]] Result<> commit(const DiskIdentity& disk) override {
    ASTERISM_TRY(const auto bank, first_bank());
    ASTERISM_TRY(const auto identity, identity_of(disk));
    return tpm::write_disk_record(*tpm_, image_, bank, identity);
  }

  [[nodiscard]] Result<SecretBytes> load(const DiskIdentity& disk) override {
    ASTERISM_TRY(const auto recorded, record());
    if (!recorded) return fail(Errc::not_found, "the TPM records no disk");
    ASTERISM_TRY(const auto identity, identity_of(disk));
    if (*recorded != identity) return fail(Errc::unverified, "{} is not the disk that this node made", disk.uuid);
    ASTERISM_CHECK(tpm::raise_floor(*tpm_, image_), "raising the floor");
    ASTERISM_TRY(const auto sealed, parse_sealed(disk.sealed), "sealed key in the header");
    ASTERISM_TRY(auto key, tpm::unseal_state_key(*tpm_, image_, sealed));
    return key;
  }

 private:
  [[nodiscard]] Result<HashAlgorithm> first_bank() {
    ASTERISM_TRY(const auto banks, tpm_->active_banks());
    return banks.front();
  }

  [[nodiscard]] Result<std::optional<Digest>> record() {
    ASTERISM_TRY(const auto bank, first_bank());
    return tpm::read_disk_record(*tpm_, image_.key, bank);
  }

  tpm::Tpm* tpm_;
  tpm::ImageLine image_;
};

}  // namespace

std::unique_ptr<KeyProvider> tpm_provider(tpm::Tpm& tpm, tpm::ImageLine image) {
  return std::make_unique<TpmProvider>(tpm, std::move(image));
}

}  // namespace asterism::disk_mapper
