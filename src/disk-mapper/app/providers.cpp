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

void add_measurer(Parts& parts) {
  if (parts.chip) {
    parts.measurer = std::make_unique<TpmMeasurer>(*parts.chip, event_log);
  } else {
    parts.measurer = std::make_unique<NoMeasurer>();
  }
}

}  // namespace

Result<Parts> make_parts(const Config& config) {
  Parts parts;
  auto chip = tpm::open_tpm(tpm_device);
  if (chip) parts.chip = *std::move(chip);
  add_measurer(parts);
  if (config.provider == ProviderKind::file) {
    parts.provider = file_provider(config.key_file);
    return parts;
  }
  if (!parts.chip) return std::unexpected{std::move(chip).error()};
  ASTERISM_TRY(auto line, image_line());
  if (::access(node_document, F_OK) != 0) {
    parts.provider = tpm_provider(*parts.chip, std::move(line));
    return parts;
  }
  // The document is measured into PCR 15, so that the TPM would not give its key any more.
  ASTERISM_TRY(auto given, take_join_key(join_folder), "what join-agent left");
  if (given) parts.new_uuid = given->uuid;
  parts.provider = join_provider(*parts.chip, std::move(line), std::move(given));
  return parts;
}

Parts parts_without_provider(const Error& why) {
  Parts parts;
  if (auto chip = tpm::open_tpm(tpm_device)) parts.chip = *std::move(chip);
  add_measurer(parts);
  parts.provider = std::make_unique<NoProvider>(why);
  return parts;
}

}  // namespace asterism::disk_mapper
