// SPDX-License-Identifier: Apache-2.0
#include "tdx_world.hpp"

#include <openssl/pem.h>

namespace asterism::testing {
namespace {

using namespace attestation;

template <std::size_t Size>
FixedBytes<Size> filled(unsigned value) {
  FixedBytes<Size> bytes;
  bytes.fill(static_cast<std::byte>(value));
  return bytes;
}

void put(Buffer& out, std::size_t offset, Bytes bytes) {
  std::ranges::copy(bytes, out.begin() + static_cast<std::ptrdiff_t>(offset));
}

Digest register_value(unsigned value) {
  return Digest::from_bytes(HashAlgorithm::sha384, filled<48>(value)).value();
}

/// A member of the SGX extension: OID below Intel's, then the value.
Buffer member(std::string_view arcs, const Buffer& value) {
  Buffer content = der(0x06, from_hex(std::string{"2a864886f84d010d01"} + std::string{arcs}).value());
  append(content, value);
  return der(0x30, content);
}

/// Values as the recorded quote's certificate has them.
Buffer make_pck_extension() {
  Buffer tcb;
  for (unsigned i = 1; i <= 16; ++i)
    append(tcb, member(std::format("02{:02x}", i), der_byte(i <= 6 ? 5 : 0)));
  append(tcb, member("0211", der_byte(11)));
  append(tcb, member("0212", der(0x04, filled<16>(5))));
  Buffer all = member("01", der(0x04, filled<16>(0x88)));
  append(all, member("02", der(0x30, tcb)));
  append(all, member("03", der(0x04, filled<2>(0))));
  append(all, member("04", der(0x04, from_hex("50806f000000").value())));
  append(all, member("05", der(0x0a, filled<1>(1))));
  return der(0x30, all);
}

Buffer make_body() {
  Buffer out(584);
  put(out, 0x000, from_hex("030105").value());
  put(out, 0x078, from_hex("0000001000000000").value());  // SEPT_VE_DISABLE
  put(out, 0x080, from_hex("e700000000000000").value());
  put(out, 0x088, filled<48>(0xa1));
  put(out, 0x0b8, filled<48>(0xc1));
  put(out, 0x0e8, filled<48>(0xc2));
  put(out, 0x118, filled<48>(0xc3));
  for (unsigned i = 0; i < 4; ++i)
    put(out, 0x148 + 48 * i, filled<48>(0xb0 + i));
  put(out, 0x208, filled<64>(0x5a));
  return out;
}

Buffer make_qe_report() {
  Buffer out(384);
  put(out, 48, from_hex("1500000000000000e700000000000000").value());
  put(out, 128, filled<32>(0xdc));
  put(out, 256, from_hex("02000400").value());
  return out;
}

std::string components(unsigned sixth, std::string_view extra) {
  std::string text = "[";
  for (unsigned i = 0; i < 16; ++i)
    text += std::format("{}{{\"svn\":{}{}}}", i == 0 ? "" : ",", i < 6 ? sixth : 0U, i == 0 ? extra : "");
  return text + "]";
}

std::string level(unsigned svn, std::string_view status) {
  return std::format(
      R"({{"tcb":{{"sgxtcbcomponents":{},"pcesvn":11,"tdxtcbcomponents":{}}},"tcbDate":"2025-02-15T00:00:00Z",)"
      R"("tcbStatus":"{}"}})",
      components(svn, R"(,"category":"BIOS","type":"Early Microcode Update")"),
      R"([{"svn":9},{"svn":9},{"svn":)" + std::to_string(svn) + "}" +
          [] {
            std::string rest;
            for (int i = 3; i < 16; ++i)
              rest += R"(,{"svn":0})";
            return rest + "]";
          }(),
      status);
}

constexpr std::string_view dates =
    R"("issueDate":"2025-11-20T00:00:00Z","nextUpdate":"2025-12-20T00:00:00Z","tcbEvaluationDataNumber":17)";

std::string make_tcb_info() {
  const std::string zeros(96, '0');
  const std::string maker =
      std::format(R"("mrsigner":"{}","attributes":"0000000000000000","attributesMask":"FFFFFFFFFFFFFFFF")", zeros);
  return std::format(
      R"({{"id":"TDX","version":3,{},"fmspc":"50806f000000","pceId":"0000","tcbType":0,"tdxModule":{{{}}},)"
      R"("tdxModuleIdentities":[{{"id":"TDX_01",{},"tcbLevels":[)"
      R"({{"tcb":{{"isvsvn":3}},"tcbDate":"2025-02-15T00:00:00Z","tcbStatus":"UpToDate"}},)"
      R"({{"tcb":{{"isvsvn":2}},"tcbDate":"2024-02-15T00:00:00Z","tcbStatus":"OutOfDate","advisoryIDs":["M-1"]}}]}}],)"
      R"("tcbLevels":[{},{}]}})",
      dates, maker, maker, level(5, "UpToDate"), level(4, "OutOfDate"));
}

std::string make_qe_identity() {
  return std::format(
      R"({{"id":"TD_QE","version":2,{},"miscselect":"00000000","miscselectMask":"FFFFFFFF",)"
      R"("attributes":"11000000000000000000000000000000","attributesMask":"FBFFFFFFFFFFFFFF0000000000000000",)"
      R"("mrsigner":"{}","isvprodid":2,"tcbLevels":[)"
      R"({{"tcb":{{"isvsvn":4}},"tcbDate":"2025-02-15T00:00:00Z","tcbStatus":"UpToDate"}},)"
      R"({{"tcb":{{"isvsvn":3}},"tcbDate":"2024-02-15T00:00:00Z","tcbStatus":"OutOfDate","advisoryIDs":["Q-1"]}}]}})",
      dates, to_hex(filled<32>(0xdc)));
}

}  // namespace

std::string pem(const Certificate& certificate) {
  const std::shared_ptr<BIO> bio{BIO_new(BIO_s_mem()), BIO_free};
  PEM_write_bio_X509(bio.get(), certificate.handle());
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(length)};
}

TdxWorld::TdxWorld()
    : root{issue({.common_name = "Intel SGX Root CA", .ca = true}, make_ec_key("P-256"))},
      ca{issue({.common_name = "Intel SGX PCK Platform CA", .issuer = &root, .ca = true, .serial = ca_serial},
               make_ec_key("P-256"))},
      pck_key{make_ec_key("P-256")},
      attestation_key{make_ec_key("P-256")},
      signing{issue({.common_name = "Intel SGX TCB Signing", .issuer = &root, .serial = signing_serial},
                    make_ec_key("P-256"))},
      pck_extension{make_pck_extension()},
      pck{.common_name = "Intel SGX PCK Certificate", .serial = pck_serial},
      body{make_body()},
      qe_report{make_qe_report()},
      auth_data(32, std::byte{0x20}),
      tcb_info{make_tcb_info()},
      qe_identity{make_qe_identity()},
      report_data{filled<64>(0x5a)} {
  policy.mr_config_id = filled<48>(0xc1);
  policy.mr_owner = filled<48>(0xc2);
  policy.mr_owner_config = filled<48>(0xc3);
  policy.platforms = {filled<16>(0x88)};
  TdRegisters first{.mrtd = register_value(0xa1)};
  for (unsigned i = 0; i < 4; ++i)
    first.rtmrs[i] = register_value(0xb0 + i);
  TdRegisters second{.mrtd = register_value(0xa2)};
  second.rtmrs[1] = register_value(0xb7);
  images = {{.name = "node 1", .td_registers = {first}}, {.name = "node 2", .td_registers = {second}}};
}

Buffer TdxWorld::quote(std::uint16_t version, Buffer (*patch_qe)(Buffer, const void*), const void* context) const {
  Buffer out;
  append_le(out, version, 2);
  append_le(out, 2, 2);
  append_le(out, 0x81, 4);
  out.resize(48, std::byte{0x93});
  if (version == 5) {
    append_le(out, body.size() == 648 ? 3 : 2, 2);
    append_le(out, body.size(), 4);
  }
  append(out, body);
  const auto [r, s] = sign_ecdsa(attestation_key, HashAlgorithm::sha256, out, 32);
  const auto [x, y] = ec_point(attestation_key, 32);
  Buffer point = x;
  append(point, y);
  Buffer named = point;
  append(named, auth_data);
  Buffer report = qe_report;
  put(report, 320, sha256(named).value().bytes());
  if (patch_qe) report = patch_qe(std::move(report), context);
  const auto [qe_r, qe_s] = sign_ecdsa(pck_key, HashAlgorithm::sha256, report, 32);
  CertificateSpec spec = pck;
  if (!spec.issuer) spec.issuer = &ca;
  spec.extensions.push_back({.oid = "1.2.840.113741.1.13.1", .value = pck_extension});
  const std::string chain = pem(issue(spec, pck_key).certificate) + pem(ca.certificate) + pem(root.certificate);

  Buffer certification = report;
  append(certification, qe_r);
  append(certification, qe_s);
  append_le(certification, auth_data.size(), 2);
  append(certification, auth_data);
  append_le(certification, 5, 2);
  append_le(certification, chain.size() + 1, 4);
  append(certification, as_bytes(chain));
  certification.push_back(std::byte{0});
  append_le(out, 64 + 64 + 2 + 4 + certification.size(), 4);
  append(out, r);
  append(out, s);
  append(out, point);
  append_le(out, 6, 2);
  append_le(out, certification.size(), 4);
  append(out, certification);
  return out;
}

std::string TdxWorld::sign(std::string_view name, const std::string& text) const {
  const auto [r, s] = sign_ecdsa(signing.key, HashAlgorithm::sha256, as_bytes(text), 32);
  return std::format(R"({{"{}":{},"signature":"{}{}"}})", name, text, to_hex(r), to_hex(s));
}

Result<Verified<TdxFacts>> TdxWorld::verify(const Buffer& quote) const {
  return verify(quote, sign("tcbInfo", tcb_info), sign("enclaveIdentity", qe_identity));
}

Result<Verified<TdxFacts>> TdxWorld::verify(const Buffer& quote, const std::string& info_document,
                                            const std::string& qe_document) const {
  const auto last = now.time_since_epoch().count() - 1000;
  const Buffer root_crl = make_crl(root, last, crl_next_update, root_revoked);
  const Buffer pck_crl = make_crl(ca, last, crl_next_update, pck_revoked);
  const std::string chain = pem(signing.certificate) + pem(root.certificate);
  const StaticReferenceValues references{images, {}, evaluation_number_min};
  return Verifier::verify_tdx(quote,
                              {.tcb_info = info_document,
                               .qe_identity = qe_document,
                               .signing_chain = chain,
                               .pck_crl = pck_crl,
                               .root_crl = root_crl},
                              root.certificate, policy, references, report_data, now);
}

}  // namespace asterism::testing
