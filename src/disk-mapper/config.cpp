// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/config.hpp"

#include "common/bytes.hpp"
#include "common/json_decoder.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr JsonLimits limits{.text_bytes = 65'536, .depth = 4, .values = 200};
constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

Result<std::uint64_t> between(JsonObjectDecoder& object, std::string_view key, std::uint64_t least,
                              std::uint64_t most) {
  ASTERISM_TRY(const auto value, object.unsigned_integer(key));
  if (value < least || value > most)
    return fail(Errc::unverified, "{} is {}, not {} to {}", object.path_of(key), value, least, most);
  return value;
}

Result<std::string> absolute_path(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(auto path, object.string(key));
  if (!path.starts_with('/') || printable(path) != path)
    return fail(Errc::unverified, "{} is no absolute path", object.path_of(key));
  return path;
}

Result<std::vector<std::string>> device_list(JsonObjectDecoder& object) {
  ASTERISM_TRY(const auto* const list, object.array("devices"));
  std::vector<std::string> devices;
  for (const Json& entry : *list) {
    const auto* const text = entry.get_if<std::string>();
    if (!text) return fail(Errc::corrupt, "$.devices holds a value of type {}", entry.type_name());
    if (text->empty() || text->size() > 72 || text->contains('/') || printable(*text) != *text)
      return fail(Errc::unverified, "$.devices: '{}' is no label", excerpt(*text));
    devices.push_back(*text);
  }
  if (devices.empty()) return fail(Errc::unverified, "$.devices is empty");
  return devices;
}

Result<NewRecoveryKey> new_recovery_key(JsonObjectDecoder& root) {
  ASTERISM_TRY(const auto text, root.string("new_recovery_key"));
  if (text == "none") return NewRecoveryKey::none;
  if (text == "console") return NewRecoveryKey::console;
  if (text == "file") return NewRecoveryKey::file;
  return fail(Errc::unverified, "$.new_recovery_key is '{}', not 'none', 'console' or 'file'", excerpt(text));
}

Result<> read_provider(JsonObjectDecoder& object, std::string_view variant, Config& config) {
  ASTERISM_TRY(auto provider, object.object("key"));
  ASTERISM_TRY(const auto kind, provider.string("provider"));
  if (kind == "file") {
    if (variant != "debug") return fail(Errc::unverified, "$.key.provider is 'file', which is for debug images only");
    config.provider = ProviderKind::file;
    ASTERISM_TRY(config.key_file, absolute_path(provider, "path"));
  } else if (kind != "tpm2") {
    return fail(Errc::unverified, "$.key.provider is '{}', not 'tpm2' or 'file'", excerpt(kind));
  }
  return provider.finish();
}

}  // namespace

Result<Config> parse_config(std::string_view json, std::string_view variant) {
  ASTERISM_TRY(const auto document, parse_json(json, limits));
  ASTERISM_TRY(auto root, JsonObjectDecoder::make(document, "$"));
  Config config;
  ASTERISM_TRY(config.devices, device_list(root));
  ASTERISM_TRY(config.mount_point, absolute_path(root, "mount"));
  ASTERISM_CHECK(read_provider(root, variant, config));
  ASTERISM_TRY(config.new_recovery_key, new_recovery_key(root));
  ASTERISM_TRY(const auto initial, between(root, "initial_mib", 192, 65'536));
  config.initial_bytes = initial * mebibyte;
  ASTERISM_TRY(const auto step, between(root, "step_mib", 16, 65'536));
  config.step_bytes = step * mebibyte;
  ASTERISM_TRY(const auto share, between(root, "share_percent", 1, 100));
  config.share_percent = static_cast<unsigned>(share);
  ASTERISM_CHECK(root.finish());
  return config;
}

}  // namespace asterism::disk_mapper
