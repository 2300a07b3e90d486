// SPDX-License-Identifier: Apache-2.0
#include "manifest/pcr_values.hpp"

#include <charconv>

namespace asterism::manifest {
namespace {

constexpr PcrIndex pcr_last = 23;
// A document without one of these would leave it to the reader what to make of that register.
constexpr std::array required_pcrs{pcr_boot_loader_code, pcr_kernel_initrd, pcr_kernel_config, pcr_sysexts,
                                   pcr_system_identity};

Result<PcrIndex> parse_pcr(std::string_view text, std::string_view path) {
  PcrIndex pcr = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), pcr);
  if (parsed.ec != std::errc{} || pcr > pcr_last || std::to_string(pcr) != text) {
    return fail(Errc::corrupt, "{}: '{}' is not a PCR from 0 to {}", path, excerpt(text), pcr_last);
  }
  return pcr;
}

Result<Digest> decode_digest(const Json& value, HashAlgorithm bank, const std::string& path) {
  const auto* text = value.get_if<std::string>();
  if (!text) return fail(Errc::corrupt, "{}: expected string, found {}", path, value.type_name());
  ASTERISM_TRY(const auto digest, Digest::from_hex(bank, *text), "{}", path);
  if (digest.hex() != *text) return fail(Errc::corrupt, "{}: hexadecimal digits must be small letters", path);
  return digest;
}

Result<PcrValues> decode_pcr_values(JsonObjectDecoder bank, HashAlgorithm algorithm) {
  PcrValues values;
  for (const auto& [key, value] : bank.members()) {
    ASTERISM_TRY(const PcrIndex pcr, parse_pcr(key, bank.path()));
    if (pcr == pcr_kernel_boot) continue;
    ASTERISM_TRY(const auto digest, decode_digest(value, algorithm, bank.path_of(std::to_string(pcr))));
    values.settled.emplace(pcr, digest);
  }
  for (const PcrIndex pcr : required_pcrs) {
    if (!values.settled.contains(pcr)) return fail(Errc::corrupt, "{}: PCR {} is missing", bank.path(), pcr);
  }
  ASTERISM_TRY(auto stages, bank.object(std::to_string(pcr_kernel_boot)));
  for (const Stage stage : kernel_boot_stages) {
    ASTERISM_TRY(const Json* value, stages.any(to_string(stage)));
    ASTERISM_TRY(const auto digest, decode_digest(*value, algorithm, stages.path_of(to_string(stage))));
    values.kernel_boot.emplace(stage, digest);
  }
  ASTERISM_CHECK(stages.finish());
  return values;
}

}  // namespace

Json to_json(const BankValues& values) {
  Json::Object banks;
  for (const auto& [bank, registers] : values) {
    Json::Object object;
    for (const auto& [pcr, value] : registers.settled)
      object[std::to_string(pcr)] = value.hex();
    Json::Object stages;
    for (const auto& [stage, value] : registers.kernel_boot)
      stages[std::string{to_string(stage)}] = value.hex();
    object[std::to_string(pcr_kernel_boot)] = std::move(stages);
    banks[std::string{to_string(bank)}] = std::move(object);
  }
  return banks;
}

Result<BankValues> decode_bank_values(JsonObjectDecoder banks) {
  BankValues values;
  for (const HashAlgorithm bank : hash_algorithms) {
    ASTERISM_TRY(auto object, banks.object(to_string(bank)));
    ASTERISM_TRY(auto decoded, decode_pcr_values(std::move(object), bank));
    values.emplace(bank, std::move(decoded));
  }
  ASTERISM_CHECK(banks.finish());
  return values;
}

}  // namespace asterism::manifest
