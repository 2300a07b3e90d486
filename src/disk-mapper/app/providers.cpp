// SPDX-License-Identifier: Apache-2.0
#include "providers.hpp"

#include "commands.hpp"
#include "common/fs.hpp"
#include "disk-mapper/file_provider.hpp"
#include "disk-mapper/join_provider.hpp"
#include "disk-mapper/tpm_measurer.hpp"
#include "disk-mapper/tpm_provider.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr const char* tpm_device = "device:/dev/tpmrm0";
constexpr const char* event_log = "/run/log/systemd/tpm2-measure.log";
constexpr std::uint64_t limit_bytes = 65'536;

/// What systemd-stub hands over of the UKI's sections .pcrpkey and .pcrsig: in the initramfs, and in the running
/// system.
std::string policy_file(const std::string& name) {
  const std::string early = "/.extra/" + name;
  return ::access(early.c_str(), F_OK) == 0 ? early : "/run/systemd/" + name;
}

Result<tpm::ImageLine> image_line() {
  ASTERISM_TRY(const auto key, read_text_file(policy_file("tpm2-pcr-public-key.pem"), limit_bytes),
               "the image's policy key");
  ASTERISM_TRY(const auto signatures, read_text_file(policy_file("tpm2-pcr-signature.json"), limit_bytes),
               "the image's policy signatures");
  ASTERISM_TRY(auto line, tpm::ImageLine::make(key, signatures), "the image's policy");
  return line;
}

/// Knows nothing, and says why.
class NoProvider final : public KeyProvider {
 public:
  explicit NoProvider(Error why) : why_{std::move(why)} {}

  [[nodiscard]] std::string_view name() const noexcept override { return "none"; }
  [[nodiscard]] Result<bool> has_record() override { return std::unexpected{why_}; }
  [[nodiscard]] Result<NodeKey> make_key(const std::string& /*uuid*/) override { return std::unexpected{why_}; }
  [[nodiscard]] Result<SecretBytes> load(const std::string& /*uuid*/, const std::string& /*sealed*/) override {
    return std::unexpected{why_};
  }
  [[nodiscard]] Result<> commit(const DiskIdentity& /*disk*/) override { return std::unexpected{why_}; }
  [[nodiscard]] Result<> confirm(const DiskIdentity& /*disk*/) override { return std::unexpected{why_}; }

 private:
  Error why_;
};

Result<std::unique_ptr<KeyProvider>> provider_for(const Config& config, const Result<std::unique_ptr<tpm::Tpm>>& chip,
                                                  std::string& new_uuid) {
  if (config.provider == ProviderKind::file) return file_provider(config.key_file);
  if (!chip) return std::unexpected{chip.error()};
  ASTERISM_TRY(auto line, image_line());
  if (::access(node_document, F_OK) != 0) return tpm_provider(**chip, std::move(line));
  // The document is measured into PCR 15, so that the TPM would not give its key any more.
  ASTERISM_TRY(auto given, take_join_key(join_folder), "what join-agent left");
  if (given) new_uuid = given->uuid;
  return join_provider(**chip, std::move(line), std::move(given));
}

}  // namespace

Result<Parts> make_parts(const Config& config, WithoutProvider without) {
  Parts parts;
  auto chip = tpm::open_tpm(tpm_device);
  auto provider = provider_for(config, chip, parts.new_uuid);
  if (!provider && without == WithoutProvider::fail) return std::unexpected{std::move(provider).error()};
  parts.provider = provider ? *std::move(provider) : std::make_unique<NoProvider>(provider.error());
  if (chip) {
    parts.chip = *std::move(chip);
    parts.measurer = std::make_unique<TpmMeasurer>(*parts.chip, event_log);
  } else {
    parts.measurer = std::make_unique<NoMeasurer>();
  }
  return parts;
}

}  // namespace asterism::disk_mapper
