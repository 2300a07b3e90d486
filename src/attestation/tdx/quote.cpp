// SPDX-License-Identifier: Apache-2.0
#include "attestation/tdx/quote.hpp"

namespace asterism::attestation {
namespace {

constexpr std::size_t quote_bytes_max = 16U << 10;
constexpr std::size_t header_bytes = 48;
constexpr std::size_t body_bytes = 584;
constexpr std::size_t body_15_bytes = 648;
constexpr std::size_t qe_report_bytes = 384;
constexpr std::uint16_t key_ecdsa_p256 = 2;
constexpr std::uint32_t tee_tdx = 0x81;
constexpr std::uint16_t data_qe_report = 6;
constexpr std::uint16_t data_pck_chain = 5;

/// Takes ranges off the front of a view.
class Cursor {
 public:
  explicit Cursor(const ByteView& view) : view_{view} {}

  Result<ByteView> take(std::size_t size, std::string_view what) {
    ASTERISM_TRY(const auto part, view_.sub(at_, size, what));
    at_ += size;
    return part;
  }
  Result<std::uint64_t> number(std::size_t width, std::string_view what) {
    ASTERISM_TRY(const auto part, take(width, what));
    return le_at(part.bytes(), 0, width);
  }
  template <std::size_t Size>
  Result<FixedBytes<Size>> fixed(std::string_view what) {
    ASTERISM_TRY(const auto part, take(Size, what));
    return bytes_at<Size>(part.bytes(), 0);
  }
  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  [[nodiscard]] Bytes rest() const { return view_.bytes().subspan(at_); }

 private:
  ByteView view_;
  std::size_t at_ = 0;
};

TdBody decode_body(Bytes bytes) {
  TdBody body;
  body.tee_tcb_svn = bytes_at<16>(bytes, 0x000);
  body.mr_seam = bytes_at<48>(bytes, 0x010);
  body.mr_signer_seam = bytes_at<48>(bytes, 0x040);
  body.seam_attributes = le_at(bytes, 0x070, 8);
  body.td_attributes = le_at(bytes, 0x078, 8);
  body.xfam = le_at(bytes, 0x080, 8);
  body.mrtd = bytes_at<48>(bytes, 0x088);
  body.mr_config_id = bytes_at<48>(bytes, 0x0b8);
  body.mr_owner = bytes_at<48>(bytes, 0x0e8);
  body.mr_owner_config = bytes_at<48>(bytes, 0x118);
  for (std::size_t i = 0; i < body.rtmrs.size(); ++i)
    body.rtmrs[i] = bytes_at<48>(bytes, 0x148 + 48 * i);
  body.report_data = bytes_at<64>(bytes, 0x208);
  if (bytes.size() == body_15_bytes) {
    body.tee_tcb_svn2 = bytes_at<16>(bytes, 0x248);
    body.mr_service_td = bytes_at<48>(bytes, 0x258);
  }
  return body;
}

QeReport decode_qe_report(Bytes bytes) {
  return {.misc_select = static_cast<std::uint32_t>(le_at(bytes, 16, 4)),
          .attributes = bytes_at<16>(bytes, 48),
          .mr_signer = bytes_at<32>(bytes, 128),
          .isv_prod_id = static_cast<std::uint16_t>(le_at(bytes, 256, 2)),
          .isv_svn = static_cast<std::uint16_t>(le_at(bytes, 258, 2)),
          .report_data = bytes_at<64>(bytes, 320)};
}

Result<> check_header(Cursor& cursor, std::uint16_t& version) {
  ASTERISM_TRY(const auto header, cursor.take(header_bytes, "header"));
  version = static_cast<std::uint16_t>(le_at(header.bytes(), 0, 2));
  if (version != 4 && version != 5) return fail(Errc::unsupported, "version: {} (known: 4, 5)", version);
  if (const auto type = le_at(header.bytes(), 2, 2); type != key_ecdsa_p256) {
    return fail(Errc::unsupported, "att_key_type: {} (known: 2, ECDSA P-256)", type);
  }
  if (const auto tee = le_at(header.bytes(), 4, 4); tee != tee_tdx) {
    return fail(Errc::unsupported, "tee_type: {:#x} (known: 0x81, TDX)", tee);
  }
  return {};
}

/// Version 5 says what the body is; version 4 has one kind.
Result<std::size_t> body_size(Cursor& cursor, std::uint16_t version) {
  if (version == 4) return body_bytes;
  ASTERISM_TRY(const auto type, cursor.number(2, "body_type"));
  ASTERISM_TRY(const auto size, cursor.number(4, "body_size"));
  if (type != 2 && type != 3) return fail(Errc::unsupported, "body_type: {} (known: 2 TDX 1.0, 3 TDX 1.5)", type);
  const std::size_t right = type == 2 ? body_bytes : body_15_bytes;
  if (size != right) return fail(Errc::corrupt, "body_size: {} instead of {}", size, right);
  return right;
}

Result<> decode_certification(const ByteView& data, TdxQuote& quote) {
  Cursor cursor{data};
  ASTERISM_TRY(const auto report, cursor.take(qe_report_bytes, "qe_report"));
  quote.qe_report_bytes = report.bytes();
  quote.qe_report = decode_qe_report(report.bytes());
  ASTERISM_TRY(quote.qe_signature, cursor.fixed<64>("qe_report_signature"));
  ASTERISM_TRY(const auto auth_size, cursor.number(2, "qe_auth_data size"));
  ASTERISM_TRY(const auto auth, cursor.take(auth_size, "qe_auth_data"));
  quote.qe_auth_data = auth.bytes();
  ASTERISM_TRY(const auto type, cursor.number(2, "pck certification_data type"));
  if (type != data_pck_chain) return fail(Errc::unsupported, "pck certification_data: type {} (known: 5)", type);
  ASTERISM_TRY(const auto size, cursor.number(4, "pck certification_data size"));
  ASTERISM_TRY(const auto chain, cursor.take(size, "pck certification_data"));
  quote.pck_chain = as_text(chain.bytes());
  if (!cursor.rest().empty()) return fail(Errc::corrupt, "certification_data: {} bytes behind", cursor.rest().size());
  return {};
}

Result<> decode_signature(const ByteView& data, TdxQuote& quote) {
  Cursor cursor{data};
  ASTERISM_TRY(quote.signature, cursor.fixed<64>("signature"));
  ASTERISM_TRY(quote.attestation_key, cursor.fixed<64>("attestation_key"));
  ASTERISM_TRY(const auto type, cursor.number(2, "certification_data type"));
  if (type != data_qe_report) return fail(Errc::unsupported, "certification_data: type {} (known: 6)", type);
  ASTERISM_TRY(const auto size, cursor.number(4, "certification_data size"));
  ASTERISM_TRY(const auto certification, cursor.take(size, "certification_data"));
  if (!cursor.rest().empty()) return fail(Errc::corrupt, "signature_data: {} bytes behind", cursor.rest().size());
  return decode_certification(certification, quote);
}

Result<TdxQuote> decode(Bytes bytes) {
  if (bytes.size() > quote_bytes_max) return fail(Errc::corrupt, "{} bytes", bytes.size());
  TdxQuote quote;
  Cursor cursor{ByteView{bytes}};
  ASTERISM_CHECK(check_header(cursor, quote.version));
  ASTERISM_TRY(const auto size, body_size(cursor, quote.version));
  ASTERISM_TRY(const auto body, cursor.take(size, "body"));
  quote.body = decode_body(body.bytes());
  quote.signed_part = bytes.first(cursor.at());
  ASTERISM_TRY(const auto signature_size, cursor.number(4, "signature_data size"));
  ASTERISM_TRY(const auto signature, cursor.take(signature_size, "signature_data"));
  ASTERISM_CHECK(decode_signature(signature, quote));
  // The interface between guest and host has a buffer of fixed size, and some senders keep its zeros.
  if (!all_zero(cursor.rest())) return fail(Errc::corrupt, "data behind the signature");
  return quote;
}

}  // namespace

Result<TdxQuote> parse_tdx_quote(Bytes quote) {
  ASTERISM_TRY(auto decoded, decode(quote), "TDX quote");
  return decoded;
}

}  // namespace asterism::attestation
