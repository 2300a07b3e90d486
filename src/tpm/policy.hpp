// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tpm/nv.hpp"
#include "tpm/pcr.hpp"
#include "tpm/public_key.hpp"

namespace asterism::tpm {

/// TPM2_PolicyPCR: the PCRs have these values.
struct PolicyPcr {
  PcrSelection selection;
  Digest values;  ///< composite_digest() of the expected values
};

/// TPM_EO, as far as it is used. @source TPM 2.0 Library, Part 2, 6.8.
enum class NvComparison : std::uint16_t { equal = 0, unsigned_less = 5, unsigned_less_or_equal = 9 };

/// TPM2_PolicyNV: what the index holds compares like this with the operand; both are unsigned and big-endian.
struct PolicyNv {
  NvPublic index;  ///< as it will be when the policy is used, `written` included
  NvComparison comparison = NvComparison::equal;
  std::vector<std::byte> operand;
};

/// TPM2_PolicyNvWritten: the index that is going to be used has, or has not, been written.
struct PolicyNvWritten {
  bool written = false;
};

/// TPM2_PolicyCommandCode: only this command may use the session.
struct PolicyCommandCode {
  std::uint32_t code = 0;
};
inline constexpr std::uint32_t command_nv_increment = 0x00000134;

/// TPM2_PolicyAuthorize: the policy so far was signed by the key, for the purpose that `reference` names.
struct PolicyAuthorize {
  PublicKey key;
  std::string reference;  ///< policyRef; empty in what systemd signs
  std::vector<std::byte>
      signature;  ///< over the approved digest, then `reference`; empty where only a digest is wanted
};

using PolicyStep = std::variant<PolicyPcr, PolicyNv, PolicyNvWritten, PolicyCommandCode, PolicyAuthorize>;

/// What has to hold, in the order in which the TPM is told.
using Policy = std::vector<PolicyStep>;

/// The policy digest after one more step, as the TPM computes it (session hash SHA-256). A PolicyAuthorize forgets what
/// was before it.
/// @errors `internal` from OpenSSL.
/// @source TPM 2.0 Library, Part 3, 23.7 (PolicyPCR), 23.9 (PolicyNV), 23.16 (PolicyAuthorize), 23.11, 23.19.
/// @checked tests/unit/tpm: trial sessions of libtpms give the same digests.
[[nodiscard]] Result<Digest> extend_policy(const Digest& before, const PolicyStep& step);

/// extend_policy() over all steps, from zero. @errors `internal` from OpenSSL.
[[nodiscard]] Result<Digest> policy_digest(const Policy& policy);

/// The bytes that a policy signature covers: the approved digest, then the reference.
[[nodiscard]] std::vector<std::byte> signed_policy_message(const Digest& approved, std::string_view reference);

/// A number as an operand for an index of 8 bytes.
[[nodiscard]] std::vector<std::byte> nv_number(std::uint64_t value);

}  // namespace asterism::tpm
