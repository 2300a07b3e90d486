// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/luks.hpp"

#include <array>
#include <cerrno>

#include <libcryptsetup.h>
#include <openssl/evp.h>

#include "common/base64.hpp"
#include "common/json.hpp"
#include "disk-mapper/header/checker.hpp"
#include "disk-mapper/luks_handle.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::size_t salt_bytes = 32;
constexpr std::size_t digest_bytes = 32;
/// Keys are random: stretching them would only cost time.
constexpr crypt_pbkdf_type key_derivation{.type = CRYPT_KDF_PBKDF2,
                                          .hash = "sha256",
                                          .time_ms = 0,
                                          .iterations = min_iterations,
                                          .max_memory_kb = 0,
                                          .parallel_threads = 0,
                                          .flags = CRYPT_PBKDF_NO_BENCHMARK};

const char* chars(Bytes bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libcryptsetup's keys are char
  return reinterpret_cast<const char*>(bytes.data());
}

Result<std::vector<std::byte>> volume_key_digest(const SecretBytes& volume_key, const SecretBytes& salt) {
  std::vector<std::byte> digest(digest_bytes);
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes are unsigned char
  const int done =
      ::PKCS5_PBKDF2_HMAC(chars(volume_key.bytes()), static_cast<int>(volume_key.size()),
                          reinterpret_cast<const unsigned char*>(salt.bytes().data()), static_cast<int>(salt.size()),
                          static_cast<int>(min_iterations), ::EVP_sha256(), static_cast<int>(digest.size()),
                          reinterpret_cast<unsigned char*>(digest.data()));
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  if (done != 1) return fail(Errc::internal, "OpenSSL cannot compute the volume key's digest");
  return digest;
}

std::string compact(const Json::Object& digest) {
  const Json::Object integrity{{"type", data_integrity}, {"journal_encryption", "none"}, {"journal_integrity", "none"}};
  const Json::Object segment{{"type", "crypt"},           {"offset", std::format("{}", header_bytes)},
                             {"size", "dynamic"},         {"iv_tweak", "0"},
                             {"encryption", data_cipher}, {"sector_size", data_sector_bytes},
                             {"integrity", integrity}};
  const Json::Object config{{"json_size", std::format("{}", json_area_bytes)},
                            {"keyslots_size", std::format("{}", header_bytes - metadata_bytes)}};
  return Json{Json::Object{{"keyslots", Json::Object{}},
                           {"tokens", Json::Object{}},
                           {"segments", Json::Object{{"0", segment}}},
                           {"digests", Json::Object{{"0", digest}}},
                           {"config", config}}}
      .to_text();
}

}  // namespace

Result<std::vector<std::byte>> make_header(const std::string& uuid, const SecretBytes& volume_key) {
  if (volume_key.size() != volume_key_bytes) return fail(Errc::usage, "a volume key of {} bytes", volume_key.size());
  ASTERISM_TRY(const auto salt, SecretBytes::random(salt_bytes));
  ASTERISM_TRY(const auto digest, volume_key_digest(volume_key, salt));
  const Json::Object digest_json{
      {"type", "pbkdf2"},           {"keyslots", Json::Array{}},    {"segments", Json::Array{"0"}},
      {"hash", "sha256"},           {"iterations", min_iterations}, {"salt", to_base64(salt.bytes())},
      {"digest", to_base64(digest)}};
  CheckedCopy copy{.copy = {.sequence = 1, .uuid = uuid, .salt = {}, .json = compact(digest_json)}, .metadata = {}};
  ASTERISM_TRY(auto image, write_metadata(copy));
  image.resize(header_bytes);
  return image;
}

Result<unsigned> add_key_slot(const HeaderFile& header, const SecretBytes& volume_key, const SecretBytes& key) {
  ASTERISM_TRY(const auto device, load_header(header, {}));
  if (const int set = ::crypt_set_pbkdf_type(device.get(), &key_derivation); set < 0)
    return std::unexpected{crypt_error(set, "libcryptsetup: choosing the key derivation")};
  const int slot = ::crypt_keyslot_add_by_volume_key(device.get(), CRYPT_ANY_SLOT, chars(volume_key.bytes()),
                                                     volume_key.size(), chars(key.bytes()), key.size());
  if (slot == -EPERM) return fail(Errc::unverified, "adding a key slot: the volume key is another disk's");
  if (slot < 0) return std::unexpected{crypt_error(slot, "libcryptsetup: adding a key slot")};
  if (static_cast<unsigned>(slot) >= max_key_slots)
    return fail(Errc::conflict, "all {} key slots are taken", max_key_slots);
  return static_cast<unsigned>(slot);
}

Result<> remove_key_slot(const HeaderFile& header, unsigned slot) {
  ASTERISM_TRY(const auto device, load_header(header, {}));
  if (::crypt_keyslot_status(device.get(), static_cast<int>(slot)) < CRYPT_SLOT_ACTIVE)
    return fail(Errc::not_found, "there is no key slot {}", slot);
  if (const int done = ::crypt_keyslot_destroy(device.get(), static_cast<int>(slot)); done < 0)
    return std::unexpected{crypt_error(done, "libcryptsetup: removing a key slot")};
  return {};
}

Result<> set_token(const HeaderFile& header, const std::string& json) {
  ASTERISM_TRY(const auto device, load_header(header, {}));
  if (const int done = ::crypt_token_json_set(device.get(), 0, json.c_str()); done < 0)
    return std::unexpected{crypt_error(done, "libcryptsetup: writing the token")};
  return {};
}

Result<Unlocked> unlock(const HeaderFile& header, const SecretBytes& key) {
  ASTERISM_TRY(const auto device, load_header(header, {}));
  ASTERISM_TRY(auto volume_key, SecretBytes::zeros(volume_key_bytes));
  std::size_t size = volume_key.size();
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libcryptsetup's keys are char
  auto* const out = reinterpret_cast<char*>(volume_key.writable().data());
  const int slot = ::crypt_volume_key_get(device.get(), CRYPT_ANY_SLOT, out, &size, chars(key.bytes()), key.size());
  if (slot == -EPERM || slot == -ENOENT) return fail(Errc::unverified, "the key opens no key slot");
  if (slot < 0) return std::unexpected{crypt_error(slot, "libcryptsetup: opening a key slot")};
  if (size != volume_key.size()) return fail(Errc::internal, "libcryptsetup gave a volume key of {} bytes", size);
  return Unlocked{.volume_key = std::move(volume_key), .slot = static_cast<unsigned>(slot)};
}

Result<LuksView> view_header(const HeaderFile& header) {
  ASTERISM_TRY(const auto device, load_header(header, {}));
  auto* const cd = device.get();
  crypt_params_integrity integrity{};
  if (const int got = ::crypt_get_integrity_info(cd, &integrity); got < 0)
    return std::unexpected{crypt_error(got, "libcryptsetup: reading the integrity parameters")};
  LuksView view{.uuid = ::crypt_get_uuid(cd),
                .cipher = std::format("{}-{}", ::crypt_get_cipher(cd), ::crypt_get_cipher_mode(cd)),
                .integrity = integrity.integrity ? integrity.integrity : "",
                .volume_key_bytes = static_cast<std::uint64_t>(::crypt_get_volume_key_size(cd)),
                .data_offset_bytes = ::crypt_get_data_offset(cd) * 512,
                .sector_bytes = static_cast<std::uint64_t>(::crypt_get_sector_size(cd)),
                .active_slots = 0};
  for (int slot = 0; slot < ::crypt_keyslot_max(CRYPT_LUKS2); ++slot)
    if (::crypt_keyslot_status(cd, slot) >= CRYPT_SLOT_ACTIVE) ++view.active_slots;
  return view;
}

}  // namespace asterism::disk_mapper
