// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <filesystem>

#include "common/fs.hpp"
#include "efi/signature_list.hpp"
#include "efi/variable_store.hpp"
#include "measured-boot/secure_boot.hpp"

namespace asterism::measured_boot {
namespace {

constexpr Guid global_variable{"8be4df61-93ca-11d2-aa0d-00e098032b8c"};
constexpr Guid image_security_database{"d719b2cb-3d3a-4596-a3bc-dad00e67656f"};
constexpr std::uint64_t list_file_bytes_max = 1U << 20;
constexpr std::uint64_t store_file_bytes_max = 64U << 20;

struct Place {
  std::string_view name;
  const Guid& vendor;
  std::vector<std::byte> SecureBootVariables::* member;
};

constexpr std::array places{Place{"PK", global_variable, &SecureBootVariables::pk},
                            Place{"KEK", global_variable, &SecureBootVariables::kek},
                            Place{"db", image_security_database, &SecureBootVariables::db},
                            Place{"dbx", image_security_database, &SecureBootVariables::dbx},
                            Place{"dbt", image_security_database, &SecureBootVariables::dbt}};

Result<SecureBootVariables> load_folder(const std::string& folder) {
  SecureBootVariables variables;
  bool found = false;
  for (const Place& place : places) {
    auto content = read_file(std::format("{}/{}.esl", folder, place.name), list_file_bytes_max);
    if (!content && content.error().code() == Errc::not_found) continue;
    if (!content) return std::unexpected{content.error()};
    found = true;
    variables.*place.member = *std::move(content);
  }
  if (!found) {
    return fail(Errc::not_found, "'{}' holds none of PK.esl, KEK.esl, db.esl, dbx.esl, dbt.esl", printable(folder));
  }
  return variables;
}

Result<SecureBootVariables> load_store(const std::string& file) {
  ASTERISM_TRY(const auto content, read_file(file, store_file_bytes_max));
  ASTERISM_TRY(const auto stored, efi::read_variable_store(ByteView{content}), "'{}'", printable(file));
  SecureBootVariables variables;
  for (const Place& place : places) {
    const auto found = std::ranges::find_if(stored, [&](const efi::Variable& variable) {
      return variable.vendor == place.vendor && variable.name == place.name;
    });
    if (found != stored.end()) append(variables.*place.member, found->data);
  }
  return variables;
}

}  // namespace

Result<SecureBootVariables> load_secure_boot_variables(const std::string& path) {
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(path, ignored);
  ASTERISM_TRY(auto variables, folder ? load_folder(path) : load_store(path), "Secure Boot variables");
  for (const Place& place : places) {
    ASTERISM_CHECK(efi::read_signature_lists(ByteView{variables.*place.member}), "variable {} of '{}'", place.name,
                   printable(path));
  }
  return variables;
}

}  // namespace asterism::measured_boot
