// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/tpm_provider.hpp"

#include "common/base64.hpp"
#include "common/json.hpp"
#include "disk-mapper/join_provider.hpp"
#include "disk-mapper/recorded_provider.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr JsonLimits limits{.text_bytes = 4096, .depth = 4, .values = 32};

Result<tpm::StateKey> parse_sealed(const std::string& sealed) {
  ASTERISM_TRY(const auto text, from_base64(sealed));
  ASTERISM_TRY(const auto json, parse_json(as_text(text), limits));
  return tpm::parse_state_key(json);
}

class TpmProvider final : public RecordedProvider {
 public:
  TpmProvider(tpm::Tpm& tpm, tpm::ImageLine image) : RecordedProvider{tpm, std::move(image)} {}

  [[nodiscard]] std::string_view name() const noexcept override { return "tpm2"; }

  [[nodiscard]] Result<NodeKey> make_key(const std::string& /*uuid*/) override {
    ASTERISM_TRY(auto key, SecretBytes::random(node_key_bytes));
    ASTERISM_CHECK(tpm::raise_floor(tpm(), image()), "raising the floor");
    ASTERISM_TRY(const auto sealed, tpm::seal_state_key(tpm(), image().key, key), "sealing the node's key");
    return NodeKey{.key = std::move(key), .sealed = to_base64(as_bytes(tpm::to_json(sealed).to_text()))};
  }

  [[nodiscard]] Result<SecretBytes> load(const std::string& /*uuid*/, const std::string& sealed) override {
    if (sealed.starts_with(cluster_mark)) {
      return std::unexpected{
          Error{Errc::unavailable,
                "the cluster gives the key of this disk, and the node has no "
                "document that leads to one"}
              .advise("put the node's document back on the ESP or in the machine's user data, or give the "
                      "recovery key (disk-mapper recover)")};
    }
    ASTERISM_CHECK(tpm::raise_floor(tpm(), image()), "raising the floor");
    ASTERISM_TRY(const auto key, parse_sealed(sealed), "sealed key in the header");
    return tpm::unseal_state_key(tpm(), image(), key);
  }
};

}  // namespace

std::unique_ptr<KeyProvider> tpm_provider(tpm::Tpm& tpm, tpm::ImageLine image) {
  return std::make_unique<TpmProvider>(tpm, std::move(image));
}

}  // namespace asterism::disk_mapper
