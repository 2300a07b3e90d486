// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/tpm_provider.hpp"

#include "common/base64.hpp"
#include "common/json.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr JsonLimits limits{.text_bytes = 4096, .depth = 4, .values = 32};

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

  [[nodiscard]] Result<NodeKey> make_key(const std::string& /*uuid*/) override {
    ASTERISM_TRY(auto key, SecretBytes::random(node_key_bytes));
    ASTERISM_CHECK(tpm::raise_floor(*tpm_, image_), "raising the floor");
    ASTERISM_TRY(const auto sealed, tpm::seal_state_key(*tpm_, image_.key, key), "sealing the node's key");
    return NodeKey{.key = std::move(key), .sealed = to_base64(as_bytes(tpm::to_json(sealed).to_text()))};
  }

  [[nodiscard]] Result<SecretBytes> load(const std::string& /*uuid*/, const std::string& sealed) override {
    ASTERISM_CHECK(tpm::raise_floor(*tpm_, image_), "raising the floor");
    ASTERISM_TRY(const auto key, parse_sealed(sealed), "sealed key in the header");
    return tpm::unseal_state_key(*tpm_, image_, key);
  }

  [[nodiscard]] Result<> commit(const DiskIdentity& disk) override {
    ASTERISM_TRY(const auto bank, first_bank());
    return tpm::write_disk_record(*tpm_, image_, bank, disk.identity);
  }

  [[nodiscard]] Result<> confirm(const DiskIdentity& disk) override {
    ASTERISM_TRY(const auto recorded, record());
    if (!recorded) return fail(Errc::not_found, "the TPM records no disk");
    if (*recorded != disk.identity) return fail(Errc::unverified, "{} is not the disk that this node made", disk.uuid);
    return {};
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
