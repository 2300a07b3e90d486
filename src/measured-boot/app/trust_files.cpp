// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/app/trust_files.hpp"

#include <algorithm>
#include <filesystem>

#include "common/cli.hpp"
#include "common/fs.hpp"
#include "manifest/manifest.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::uint64_t policy_file_bytes_max = 65536;

Result<manifest::TrustedKey> load_trusted_key(const std::string& path) {
  ASTERISM_TRY(const auto text, read_text_file(path, policy_file_bytes_max));
  ASTERISM_TRY(auto key, crypto::PublicKey::from_pem(text), "'{}'", printable(path));
  return manifest::TrustedKey{.name = "key", .key = std::move(key)};
}

/// <file>.sig and <file>.*.sig, in order of their names.
std::vector<std::string> signatures_beside(const std::string& file) {
  const std::filesystem::path path{file};
  const std::string prefix = path.filename().string() + ".";
  std::error_code ignored;
  std::vector<std::string> found;
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
  for (const auto& entry : std::filesystem::directory_iterator{folder, ignored}) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(".sig")) found.push_back(entry.path().string());
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace

Result<std::string> load_manifest_text(const std::string& path) {
  return read_text_file(path, manifest::manifest_bytes_max);
}

Result<manifest::TrustPolicy> load_policy(const std::string& policy_path, const std::string& key_path) {
  if (policy_path.empty() == key_path.empty()) {
    return fail(Errc::usage, "give --policy=<trust policy> or --key=<public key>");
  }
  if (policy_path.empty()) {
    ASTERISM_TRY(auto key, load_trusted_key(key_path));
    return manifest::TrustPolicy::make(1, {std::move(key)});
  }
  ASTERISM_TRY(const auto text, read_text_file(policy_path, policy_file_bytes_max));
  ASTERISM_TRY(auto policy, manifest::TrustPolicy::parse(text), "'{}'", printable(policy_path));
  return policy;
}

Result<std::vector<manifest::Signature>> load_signatures(const std::string& file,
                                                         const std::vector<std::string>& paths) {
  const auto chosen = paths.empty() ? signatures_beside(file) : paths;
  if (chosen.empty()) return fail(Errc::not_found, "'{}': no signature beside it", printable(file));
  std::vector<manifest::Signature> signatures;
  for (const std::string& path : chosen) {
    ASTERISM_TRY(const auto text, read_text_file(path, manifest::signature_file_bytes_max));
    ASTERISM_TRY(auto signature, manifest::parse_signature_file(text), "'{}'", printable(path));
    signatures.push_back(std::move(signature));
  }
  return signatures;
}

Result<std::vector<crypto::PrivateKey>> load_private_keys(const std::vector<std::string>& sources) {
  std::vector<crypto::PrivateKey> keys;
  for (const std::string& source : sources) {
    ASTERISM_TRY(auto key, crypto::PrivateKey::load(source));
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<Timestamp> time_or_now(const std::string& text) {
  return time_or_days(text, current_time(), 0);
}

Result<Timestamp> time_or_days(const std::string& text, Timestamp start, unsigned days) {
  if (text.empty()) return start + std::chrono::days{days};
  auto time = parse_timestamp(text);
  if (!time) return fail(Errc::usage, "{}", time.error().message());
  return time;
}

Result<> write_output(const std::string& path, const std::string& text) {
  if (path.empty() || path == "-") return print_out(text);
  return write_file_atomically(path, as_bytes(text));
}

}  // namespace asterism::measured_boot
