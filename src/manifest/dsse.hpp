// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.hpp"
#include "crypto/private_key.hpp"
#include "manifest/trust_policy.hpp"

namespace asterism::manifest {

/// A payload with its type and signatures over both: one file, so that payload and signatures cannot come apart.
/// @source DSSE 1.0.2, protocol.md and envelope.md.
struct Envelope {
  struct SignatureRecord {
    std::string key_id;  ///< a hint for people; nothing is decided by it
    Signature signature;
    friend bool operator==(const SignatureRecord&, const SignatureRecord&) = default;
  };

  std::string payload_type;
  std::vector<std::byte> payload;
  std::vector<SignatureRecord> signatures;

  friend bool operator==(const Envelope&, const Envelope&) = default;
};

/// The type of in-toto statements.
inline constexpr std::string_view in_toto_payload_type = "application/vnd.in-toto+json";

/// What is signed: "DSSEv1 <length of type> <type> <length of payload> <payload>".
[[nodiscard]] std::vector<std::byte> pre_authentication_encoding(std::string_view payload_type, Bytes payload);

/// The envelope with one signature of each key. @errors those of crypto::PrivateKey::sign().
[[nodiscard]] Result<Envelope> seal(std::string_view payload_type, Bytes payload,
                                    std::span<const crypto::PrivateKey> keys);

/// {"payload": base64, "payloadType": ..., "signatures": [{"keyid", "sig"}]}.
[[nodiscard]] Json to_json(const Envelope& envelope);

/// Reads an envelope; `keyid` may be absent. Nothing is verified.
/// @errors `corrupt`, `unverified` as JsonObjectDecoder; `corrupt` for base64 that is none, an empty payload type, no
///         signature or more than TrustPolicy::signatures_max; `unsupported` for more than 8 MiB.
[[nodiscard]] Result<Envelope> parse_envelope(std::string_view text);

/// What was in an envelope, and whose signatures it had.
struct Opened {
  std::vector<std::byte> payload;
  std::vector<std::string> signers;  ///< names of keys of the policy
};

/// The payload, once the policy's keys are seen to have signed it as `payload_type`.
/// @errors those of parse_envelope() and TrustPolicy::check(); `unverified` for another type.
/// @checked tests/interop/signing/provenance.py, with envelopes of cosign.
[[nodiscard]] Result<Opened> open_envelope(std::string_view text, std::string_view payload_type,
                                           const TrustPolicy& policy);

}  // namespace asterism::manifest
