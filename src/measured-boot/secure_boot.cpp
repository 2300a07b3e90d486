// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/secure_boot.hpp"

#include <algorithm>
#include <array>

#include "common/guid.hpp"
#include "crypto/authenticode_signature.hpp"
#include "efi/pe_certificates.hpp"
#include "efi/signature_list.hpp"
#include "efi/utf16.hpp"

namespace asterism::measured_boot {
namespace {

constexpr Guid global_variable{"8be4df61-93ca-11d2-aa0d-00e098032b8c"};
constexpr Guid image_security_database{"d719b2cb-3d3a-4596-a3bc-dad00e67656f"};
constexpr std::array<std::byte, 4> separator{};

/// UEFI_VARIABLE_DATA: GUID, name length in characters, data length in bytes, UTF-16 name without NUL, data.
Result<Event> variable_event(const Guid& vendor, std::string_view name, Bytes data, std::string what) {
  const std::u16string wide = efi::utf8_to_ucs2(name);
  std::vector<std::byte> measured;
  append(measured, vendor.bytes);
  append_le(measured, wide.size(), 8);
  append_le(measured, data.size(), 8);
  append(measured, efi::utf16_bytes(wide, /* with_nul= */ false));
  append(measured, data);
  Event event{.pcr = pcr_secure_boot_policy, .stage = Stage::firmware, .what = std::move(what), .digests = {}};
  ASTERISM_TRY(event.digests, hash_banks(measured));
  return event;
}

/// Whether a signature database lists the image's SHA-256.
const efi::Signature* find_digest(const std::vector<efi::Signature>& database, const LoadedImage& image) {
  const auto found = std::ranges::find_if(database, [&](const efi::Signature& entry) {
    return entry.type == efi::certificate_sha256 && std::ranges::equal(entry.data, image.digests->sha256.bytes());
  });
  return found == database.end() ? nullptr : &*found;
}

/// The first certificate of the database that one of the image's signatures leads to, signatures first.
Result<const efi::Signature*> find_certificate(const std::vector<efi::Signature>& database, const LoadedImage& image) {
  ASTERISM_TRY(const auto signatures, efi::pe_signatures(*image.image));
  for (const Bytes signature : signatures) {
    const auto algorithm = crypto::authenticode_algorithm(signature);
    if (!algorithm) continue;  // firmware passes over signatures that it cannot read
    for (const efi::Signature& entry : database) {
      if (entry.type != efi::certificate_x509) continue;
      if (crypto::verify_authenticode(signature, image.digests->of(*algorithm), entry.data)) return &entry;
    }
  }
  return nullptr;
}

/// The db entry that lets the image start.
Result<const efi::Signature*> find_authority(const std::vector<efi::Signature>& db,
                                             const std::vector<efi::Signature>& dbx, const LoadedImage& image) {
  ASTERISM_TRY(const auto* forbidden, find_certificate(dbx, image));
  if (forbidden || find_digest(dbx, image)) {
    return fail(Errc::unverified, "Secure Boot refuses {}: dbx forbids it", printable(image.name));
  }
  ASTERISM_TRY(const auto* certificate, find_certificate(db, image));
  if (certificate) return certificate;
  if (const auto* digest = find_digest(db, image)) return digest;
  return fail(Errc::unverified, "Secure Boot refuses {}: {}", printable(image.name),
              image.image->certificates().size == 0 ? "it is not signed" : "no signature leads to a certificate in db");
}

Result<> append_authorities(std::vector<Event>& events, const SecureBootVariables& variables,
                            const std::vector<LoadedImage>& images) {
  ASTERISM_TRY(const auto db, efi::read_signature_lists(ByteView{variables.db}), "db");
  ASTERISM_TRY(const auto dbx, efi::read_signature_lists(ByteView{variables.dbx}), "dbx");
  std::vector<const efi::Signature*> measured;
  for (const LoadedImage& image : images) {
    ASTERISM_TRY(const auto* authority, find_authority(db, dbx, image));
    if (std::ranges::contains(measured, authority)) continue;
    measured.push_back(authority);
    ASTERISM_TRY(auto event, variable_event(image_security_database, "db", authority->whole,
                                            std::format("db entry that signed {}", image.name)));
    events.push_back(std::move(event));
  }
  return {};
}

}  // namespace

Result<std::vector<Event>> secure_boot_events(SecureBoot state, const SecureBootVariables& variables,
                                              const std::vector<LoadedImage>& images) {
  if (state == SecureBoot::on && variables.pk.empty()) {
    return fail(Errc::unverified, "Secure Boot cannot be on: there is no platform key (PK)");
  }
  const std::byte flag{state == SecureBoot::on ? std::uint8_t{1} : std::uint8_t{0}};
  const Bytes secure_boot = state == SecureBoot::absent ? Bytes{} : Bytes{&flag, 1};
  const struct {
    const Guid& vendor;
    std::string_view name;
    Bytes data;
  } rows[] = {{global_variable, "SecureBoot", secure_boot},    {global_variable, "PK", variables.pk},
              {global_variable, "KEK", variables.kek},         {image_security_database, "db", variables.db},
              {image_security_database, "dbx", variables.dbx}, {image_security_database, "dbt", variables.dbt}};
  std::vector<Event> events;
  for (const auto& row : rows) {
    if (row.name == "dbt" && row.data.empty()) continue;
    ASTERISM_TRY(auto event, variable_event(row.vendor, row.name, row.data, std::format("variable {}", row.name)));
    events.push_back(std::move(event));
  }
  Event end{.pcr = pcr_secure_boot_policy, .stage = Stage::firmware, .what = "separator", .digests = {}};
  ASTERISM_TRY(end.digests, hash_banks(separator));
  events.push_back(std::move(end));
  if (state == SecureBoot::on) {
    ASTERISM_CHECK(append_authorities(events, variables, images));
  }
  return events;
}

}  // namespace asterism::measured_boot
