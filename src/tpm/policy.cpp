// SPDX-License-Identifier: Apache-2.0
#include "tpm/policy.hpp"

#include "tpm/wire.hpp"

namespace asterism::tpm {
namespace {

// TPM_CC. @source TPM 2.0 Library, Part 2, 6.5.2.
constexpr std::uint32_t policy_nv = 0x00000149;
constexpr std::uint32_t policy_authorize = 0x0000016A;
constexpr std::uint32_t policy_command_code = 0x0000016C;
constexpr std::uint32_t policy_pcr = 0x0000017F;
constexpr std::uint32_t policy_nv_written = 0x0000018F;

/// Digest of the old digest, the command's code and what the command covers.
Result<Digest> extended(const Digest& before, std::uint32_t command, const std::vector<std::byte>& covered) {
  std::vector<std::byte> code;
  append_be(code, command, 4);
  return hash(HashAlgorithm::sha256, {before.bytes(), code, covered});
}

struct Extend {
  const Digest& before;

  Result<Digest> operator()(const PolicyPcr& step) const {
    auto covered = step.selection.marshalled();
    append(covered, step.values.bytes());
    return extended(before, policy_pcr, covered);
  }

  Result<Digest> operator()(const PolicyNv& step) const {
    std::vector<std::byte> arguments = step.operand;
    append_be(arguments, 0, 2);  // offset
    append_be(arguments, static_cast<std::uint16_t>(step.comparison), 2);
    ASTERISM_TRY(const auto digest, sha256(arguments));
    ASTERISM_TRY(const auto name, step.index.name());
    std::vector<std::byte> covered;
    append(covered, digest.bytes());
    append(covered, name);
    return extended(before, policy_nv, covered);
  }

  Result<Digest> operator()(const PolicyNvWritten& step) const {
    return extended(before, policy_nv_written, {static_cast<std::byte>(step.written)});
  }

  Result<Digest> operator()(const PolicyCommandCode& step) const {
    std::vector<std::byte> covered;
    append_be(covered, step.code, 4);
    return extended(before, policy_command_code, covered);
  }

  Result<Digest> operator()(const PolicyAuthorize& step) const {
    ASTERISM_TRY(const auto name, step.key.name());
    ASTERISM_TRY(const auto first, extended(Digest{HashAlgorithm::sha256}, policy_authorize, name));
    return hash(HashAlgorithm::sha256, {first.bytes(), as_bytes(step.reference)});
  }
};

}  // namespace

Result<Digest> extend_policy(const Digest& before, const PolicyStep& step) {
  return std::visit(Extend{before}, step);
}

Result<Digest> policy_digest(const Policy& policy) {
  Digest digest{HashAlgorithm::sha256};
  for (const PolicyStep& step : policy) {
    ASTERISM_TRY(digest, extend_policy(digest, step), "computing a policy");
  }
  return digest;
}

std::vector<std::byte> signed_policy_message(const Digest& approved, std::string_view reference) {
  std::vector<std::byte> message;
  append(message, approved.bytes());
  append(message, as_bytes(reference));
  return message;
}

std::vector<std::byte> nv_number(std::uint64_t value) {
  std::vector<std::byte> bytes;
  append_be(bytes, value, 8);
  return bytes;
}

}  // namespace asterism::tpm
