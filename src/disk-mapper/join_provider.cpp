// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/join_provider.hpp"

#include <unistd.h>

#include "common/fs.hpp"
#include "common/json_decoder.hpp"
#include "disk-mapper/recorded_provider.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr JsonLimits limits{.text_bytes = 65'536, .depth = 2, .values = 16};

class JoinProvider final : public RecordedProvider {
 public:
  JoinProvider(tpm::Tpm& tpm, tpm::ImageLine image, std::optional<JoinKey> given)
      : RecordedProvider{tpm, std::move(image)}, given_{std::move(given)} {}

  [[nodiscard]] std::string_view name() const noexcept override { return "join"; }

  [[nodiscard]] Result<NodeKey> make_key(const std::string& uuid) override {
    ASTERISM_TRY(auto key, key_for(uuid));
    return NodeKey{.key = std::move(key), .sealed = mark()};
  }

  [[nodiscard]] Result<SecretBytes> load(const std::string& uuid, const std::string& sealed) override {
    if (given_ && sealed != mark()) {
      return fail(Errc::unverified, "the key of cluster {} is not for this disk, which says '{}'", given_->cluster,
                  excerpt(sealed));
    }
    return key_for(uuid);
  }

 private:
  /// Where there is a key: what stands in the header of a disk that it is for.
  [[nodiscard]] std::string mark() const { return std::string{cluster_mark} + given_->cluster; }

  [[nodiscard]] Result<SecretBytes> key_for(const std::string& uuid) {
    if (!given_) {
      return std::unexpected{
          Error{Errc::unavailable, "the node has not joined its cluster, which gives the key"}.advise(
              "see what join-agent says; or give the recovery key (disk-mapper recover)")};
    }
    if (uuid != given_->uuid)
      return fail(Errc::unverified, "the cluster's key is for disk {}, not {}", given_->uuid, uuid);
    // Writing the record needs a floor, as sealing does.
    ASTERISM_CHECK(tpm::raise_floor(tpm(), image()), "raising the floor");
    return SecretBytes::copy_of(given_->key.bytes());
  }

  std::optional<JoinKey> given_;
};

}  // namespace

Result<std::optional<JoinKey>> take_join_key(const std::string& folder) {
  auto text = read_text_file(folder + "/report.json", limits.text_bytes);
  if (!text && text.error().code() == Errc::not_found) return std::optional<JoinKey>{};
  if (!text) return std::unexpected{std::move(text).error()};
  ASTERISM_TRY(const auto json, parse_json(*text, limits), "'{}/report.json'", folder);
  ASTERISM_TRY(auto report, JsonObjectDecoder::make(json, "$"));
  JoinKey joined;
  ASTERISM_TRY(joined.cluster, report.string("cluster"));
  ASTERISM_TRY(joined.uuid, report.string("disk_uuid"));
  if (joined.uuid.empty()) return std::optional<JoinKey>{};
  const std::string path = folder + "/disk-key";
  auto bytes = read_file(path, node_key_bytes);
  static_cast<void>(::unlink(path.c_str()));
  if (!bytes && bytes.error().code() == Errc::not_found) return std::optional<JoinKey>{};
  if (!bytes) return std::unexpected{std::move(bytes).error()};
  if (bytes->size() != node_key_bytes) return fail(Errc::corrupt, "'{}' has {} bytes", path, bytes->size());
  auto key = SecretBytes::copy_of(*bytes);
  wipe(*bytes);
  ASTERISM_TRY(joined.key, std::move(key));
  return std::optional{std::move(joined)};
}

std::unique_ptr<KeyProvider> join_provider(tpm::Tpm& tpm, tpm::ImageLine image, std::optional<JoinKey> given) {
  return std::make_unique<JoinProvider>(tpm, std::move(image), std::move(given));
}

}  // namespace asterism::disk_mapper
