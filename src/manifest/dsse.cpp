// SPDX-License-Identifier: Apache-2.0
#include "manifest/dsse.hpp"

#include "common/base64.hpp"
#include "manifest/decode.hpp"

namespace asterism::manifest {
namespace {

constexpr std::size_t envelope_bytes_max = std::size_t{8} << 20;
constexpr std::size_t type_bytes_max = 256;
constexpr std::size_t key_id_bytes_max = 256;

Result<Envelope::SignatureRecord> decode_signature(JsonObjectDecoder object) {
  Envelope::SignatureRecord record;
  if (object.optional("keyid")) {
    ASTERISM_TRY(record.key_id, decode_line(object, "keyid", key_id_bytes_max));
  }
  ASTERISM_TRY(const auto text, object.string("sig"));
  ASTERISM_TRY(record.signature, from_base64(text), "{}", object.path_of("sig"));
  if (record.signature.empty() || record.signature.size() > signature_file_bytes_max) {
    return fail(Errc::corrupt, "{}: signature of {} bytes", object.path_of("sig"), record.signature.size());
  }
  ASTERISM_CHECK(object.finish());
  return record;
}

Result<Envelope> decode_envelope(JsonObjectDecoder object) {
  Envelope envelope;
  ASTERISM_TRY(envelope.payload_type, decode_line(object, "payloadType", type_bytes_max));
  ASTERISM_TRY(const auto payload, object.string("payload"));
  ASTERISM_TRY(envelope.payload, from_base64(payload), "{}", object.path_of("payload"));
  ASTERISM_TRY(envelope.signatures, decode_list(object, "signatures", decode_signature));
  ASTERISM_CHECK(object.finish());
  if (envelope.payload_type.empty()) return fail(Errc::corrupt, "$.payloadType: empty");
  if (envelope.signatures.empty() || envelope.signatures.size() > TrustPolicy::signatures_max) {
    return fail(Errc::corrupt, "$.signatures: {} signatures", envelope.signatures.size());
  }
  return envelope;
}

}  // namespace

std::vector<std::byte> pre_authentication_encoding(std::string_view payload_type, Bytes payload) {
  std::vector<std::byte> encoded;
  append(encoded, as_bytes(std::format("DSSEv1 {} {} {} ", payload_type.size(), payload_type, payload.size())));
  append(encoded, payload);
  return encoded;
}

Result<Envelope> seal(std::string_view payload_type, Bytes payload, std::span<const crypto::PrivateKey> keys) {
  Envelope envelope{
      .payload_type = std::string{payload_type}, .payload = {payload.begin(), payload.end()}, .signatures = {}};
  const auto message = pre_authentication_encoding(payload_type, payload);
  for (const crypto::PrivateKey& key : keys) {
    ASTERISM_TRY(auto signature, key.sign(message));
    envelope.signatures.push_back({.key_id = key.public_key().id().hex(), .signature = std::move(signature)});
  }
  return envelope;
}

Json to_json(const Envelope& envelope) {
  Json::Array signatures;
  for (const auto& record : envelope.signatures) {
    signatures.push_back(Json::Object{{"keyid", record.key_id}, {"sig", to_base64(record.signature)}});
  }
  return Json::Object{{"payload", to_base64(envelope.payload)},
                      {"payloadType", envelope.payload_type},
                      {"signatures", std::move(signatures)}};
}

Result<Envelope> parse_envelope(std::string_view text) {
  ASTERISM_TRY(const auto json, parse_json(text, {.text_bytes = envelope_bytes_max}), "DSSE envelope");
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(json, "$"), "DSSE envelope");
  ASTERISM_TRY(auto envelope, decode_envelope(std::move(object)), "DSSE envelope");
  return envelope;
}

Result<Opened> open_envelope(std::string_view text, std::string_view payload_type, const TrustPolicy& policy) {
  ASTERISM_TRY(auto envelope, parse_envelope(text));
  std::vector<Signature> signatures;
  signatures.reserve(envelope.signatures.size());
  for (auto& record : envelope.signatures)
    signatures.push_back(std::move(record.signature));
  const auto message = pre_authentication_encoding(envelope.payload_type, envelope.payload);
  ASTERISM_TRY(auto signers, policy.check(message, signatures), "DSSE envelope");
  if (envelope.payload_type != payload_type) {
    return fail(Errc::unverified, "the envelope holds '{}', wanted is '{}'", envelope.payload_type, payload_type);
  }
  return Opened{.payload = std::move(envelope.payload), .signers = std::move(signers)};
}

}  // namespace asterism::manifest
