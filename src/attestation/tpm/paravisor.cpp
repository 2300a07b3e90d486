// SPDX-License-Identifier: Apache-2.0
#include "attestation/tpm/paravisor.hpp"

#include "common/json_decoder.hpp"

namespace asterism::attestation {
namespace {

constexpr std::size_t header_bytes = 0x20;
constexpr std::size_t hardware_bytes = 1184;
constexpr std::size_t td_report_bytes = 1024;
constexpr std::size_t runtime_header = header_bytes + hardware_bytes;
constexpr std::size_t runtime_header_bytes = 20;
constexpr std::size_t runtime_data_max = 16U << 10;
constexpr std::uint32_t signature = 0x414c4348;  // "HCLA"

int base64url_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  return c == '_' ? 63 : -1;
}

/// RFC 4648 section 5, without padding.
Result<std::vector<std::byte>> from_base64url(std::string_view text) {
  std::vector<std::byte> out;
  unsigned bits = 0;
  std::uint32_t held = 0;
  for (const char c : text) {
    const int value = base64url_value(c);
    if (value < 0) return fail(Errc::corrupt, "no base64url");
    held = (held << 6) | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out.push_back(static_cast<std::byte>((held >> bits) & 0xff));
    held &= (1U << bits) - 1;
  }
  if (held != 0 || bits == 6) return fail(Errc::corrupt, "no base64url");
  return out;
}

Result<PublicKey> decode_rsa(JsonObjectDecoder& object) {
  ASTERISM_TRY(const auto type, object.string("kty"));
  if (type != "RSA") return fail(Errc::unsupported, "kty: '{}' (known: RSA)", excerpt(type));
  ASTERISM_TRY(const auto n_text, object.string("n"));
  ASTERISM_TRY(const auto n, from_base64url(n_text), "n");
  ASTERISM_TRY(const auto e_text, object.string("e"));
  ASTERISM_TRY(const auto e, from_base64url(e_text), "e");
  if (e.empty() || e.size() > 4) return fail(Errc::corrupt, "e: {} bytes", e.size());
  std::uint32_t exponent = 0;
  for (const std::byte b : e)
    exponent = (exponent << 8) | std::to_integer<std::uint32_t>(b);
  return PublicKey::from_rsa(n, exponent);
}

Result<PublicKey> find_ak(const Json::Array& keys) {
  std::optional<PublicKey> ak;
  for (const Json& entry : keys) {
    ASTERISM_TRY(auto object, JsonObjectDecoder::make(entry, "$.keys[]"));
    ASTERISM_TRY(const auto kid, object.string("kid"));
    if (kid != "HCLAkPub") continue;
    if (ak) return fail(Errc::corrupt, "HCLAkPub: stands there twice");
    ASTERISM_TRY(auto key, decode_rsa(object), "HCLAkPub");
    ak = std::move(key);
  }
  if (!ak) return fail(Errc::corrupt, "HCLAkPub: missing");
  return *ak;
}

Result<ParavisorRuntimeData> decode_runtime_data(Bytes json) {
  ASTERISM_TRY(const auto document,
               parse_json(as_text(json), {.text_bytes = runtime_data_max, .depth = 8, .values = 512}));
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(document, "$"));
  ASTERISM_TRY(const auto* keys, object.array("keys"));
  ASTERISM_TRY(auto ak, find_ak(*keys));
  ParavisorRuntimeData data{.ak = std::move(ak), .user_data = {}};
  if (object.optional("user-data")) {
    ASTERISM_TRY(const auto text, object.string("user-data"));
    ASTERISM_TRY(data.user_data, from_hex(text), "user-data");
  }
  return data;  // other members describe the VM; the hash covers them, nobody relies on them
}

Result<ParavisorReport> split(const ByteView& view) {
  ASTERISM_TRY(const auto mark, view.u32(0, "signature"));
  if (mark != signature) return fail(Errc::corrupt, "signature: no HCL report");
  ASTERISM_TRY(const auto kind, view.u32(runtime_header + 8, "report_type"));
  if (kind != 2 && kind != 4) return fail(Errc::unsupported, "report_type: {} (known: 2 SNP, 4 TDX)", kind);
  ASTERISM_TRY(const auto hash_type, view.u32(runtime_header + 12, "hash_type"));
  if (hash_type != 1) return fail(Errc::unsupported, "hash_type: {} (known: 1 SHA-256)", hash_type);
  ASTERISM_TRY(const auto size, view.u32(runtime_header + 16, "variable_data_size"));
  if (size > runtime_data_max) return fail(Errc::corrupt, "variable_data_size: {}", size);
  const std::size_t report_bytes = kind == 2 ? hardware_bytes : td_report_bytes;
  ASTERISM_TRY(const auto hardware, view.sub(header_bytes, report_bytes, "hardware report"));
  ASTERISM_TRY(const auto data, view.sub(runtime_header + runtime_header_bytes, size, "variable_data"));
  return ParavisorReport{.kind = kind == 2 ? ParavisorReportKind::snp : ParavisorReportKind::tdx,
                         .hardware_report = hardware.bytes(),
                         .runtime_data = data.bytes()};
}

}  // namespace

Result<ParavisorReport> parse_paravisor_report(Bytes report) {
  ASTERISM_TRY(auto parts, split(ByteView{report}), "HCL report");
  return parts;
}

Result<ParavisorRuntimeData> parse_paravisor_runtime_data(Bytes json) {
  ASTERISM_TRY(auto data, decode_runtime_data(json), "HCL runtime data");
  return data;
}

Result<FixedBytes<64>> paravisor_report_data(Bytes runtime_data) {
  ASTERISM_TRY(const auto digest, sha256(runtime_data));
  FixedBytes<64> data{};
  std::ranges::copy(digest.bytes(), data.begin());
  return data;
}

Result<TrustedAk> ParavisorAk::trust(const Verified<SnpFacts>& report, Bytes runtime_data) {
  ASTERISM_TRY(const auto expected, paravisor_report_data(runtime_data));
  if (!same_bytes(report->report.report_data, expected)) {
    return fail(Errc::unverified, "HCL runtime data: report_data of the hardware report is not its digest");
  }
  if (report->report.vmpl != 0) {
    return fail(Errc::unverified, "HCL runtime data: vmpl: the report comes from level {}", report->report.vmpl);
  }
  ASTERISM_TRY(auto data, parse_paravisor_runtime_data(runtime_data));
  return TrustedAk{std::move(data.ak)};
}

}  // namespace asterism::attestation
