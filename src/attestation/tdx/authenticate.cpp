// SPDX-License-Identifier: Apache-2.0
#include "attestation/tdx/authenticate.hpp"

#include "attestation/pinned_roots.hpp"

namespace asterism::attestation {
namespace {

Result<> expect_name(const Certificate& certificate, std::initializer_list<std::string_view> names) {
  const std::string name = certificate.common_name();
  for (const std::string_view allowed : names) {
    if (name == allowed) return {};
  }
  return fail(Errc::unverified, "certificate '{}' in the place of '{}'", name, *names.begin());
}

Result<> verify_p256(const PublicKey& key, Bytes message, const FixedBytes<64>& signature) {
  if (key.kind() != KeyKind::ec_p256) return fail(Errc::unverified, "the key is not one of P-256");
  const Bytes pair{signature};
  return key.verify_ecdsa(HashAlgorithm::sha256, message, pair.first(32), pair.last(32));
}

/// The PCK leaf, after its chain and both revocation lists.
Result<Certificate> trusted_pck(std::string_view pem, const RevocationList& pck_crl, const RevocationList& root_crl,
                                const Certificate& root, Time time) {
  pem = pem.substr(0, pem.find('\0'));
  ASTERISM_TRY(auto chain, Certificate::from_pem(pem, 3));
  if (chain.size() < 2) return fail(Errc::corrupt, "the chain has only {} certificate", chain.size());
  ASTERISM_CHECK(expect_name(chain[0], {"Intel SGX PCK Certificate"}));
  ASTERISM_CHECK(expect_name(chain[1], {"Intel SGX PCK Platform CA", "Intel SGX PCK Processor CA"}));
  ASTERISM_CHECK(verify_chain(chain[0], {&chain[1], 1}, root, time));
  ASTERISM_CHECK(root_crl.check(chain[1], root, time), "root CA");
  ASTERISM_CHECK(pck_crl.check(chain[0], chain[1], time), "PCK CA");
  return chain[0];
}

Result<PublicKey> collateral_key(std::string_view pem, const RevocationList& root_crl, const Certificate& root,
                                 Time time) {
  ASTERISM_TRY(const auto chain, Certificate::from_pem(pem, 2));
  ASTERISM_CHECK(expect_name(chain[0], {"Intel SGX TCB Signing"}));
  ASTERISM_CHECK(verify_chain(chain[0], {}, root, time));
  ASTERISM_CHECK(root_crl.check(chain[0], root, time), "root CA");
  return chain[0].public_key();
}

Result<std::string_view> signed_text(std::string_view document, std::string_view name, const PublicKey& key) {
  ASTERISM_TRY(const auto split, split_signed_document(document, name));
  ASTERISM_CHECK(verify_p256(key, as_bytes(split.signed_text), split.signature), "signature");
  return split.signed_text;
}

Result<> check_dates(const CollateralDates& dates, Time time) {
  if (time < dates.issued) return fail(Errc::unverified, "issueDate lies in the future");
  if (time >= dates.next_update) return fail(Errc::unverified, "nextUpdate has passed: it has expired");
  return {};
}

/// Attestation key by QE report, QE report by PCK, quote by attestation key.
Result<> check_signatures(const TdxQuote& quote, const Certificate& pck) {
  ASTERISM_TRY(const auto pck_key, pck.public_key(), "PCK certificate");
  ASTERISM_CHECK(verify_p256(pck_key, quote.qe_report_bytes, quote.qe_signature), "qe_report_signature");
  std::vector<std::byte> named;
  append(named, quote.attestation_key);
  append(named, quote.qe_auth_data);
  ASTERISM_TRY(const auto digest, sha256(named));
  const Bytes report_data{quote.qe_report.report_data};
  if (!same_bytes(report_data.first(32), digest.bytes()) || !all_zero(report_data.last(32))) {
    return fail(Errc::unverified, "attestation_key: the QE report names another key");
  }
  const Bytes point{quote.attestation_key};
  ASTERISM_TRY(const auto key, PublicKey::from_point(KeyKind::ec_p256, point.first(32), point.last(32)),
               "attestation_key");
  ASTERISM_CHECK(verify_p256(key, quote.signed_part, quote.signature), "signature");
  return {};
}

}  // namespace

Result<Certificate> pinned_intel_root() {
  ASTERISM_TRY(auto list, Certificate::from_pem(pinned::intel_sgx_root_ca, 1), "pinned root of Intel");
  return list[0];
}

Result<AuthenticQuote> authenticate_tdx_quote(Bytes quote, const TdxCollateral& collateral, const Certificate& root,
                                              Time time) {
  AuthenticQuote authentic;
  ASTERISM_TRY(authentic.quote, parse_tdx_quote(quote));
  ASTERISM_TRY(const auto root_crl, RevocationList::from_der(collateral.root_crl), "root CA");
  ASTERISM_TRY(const auto pck_crl, RevocationList::from_der(collateral.pck_crl), "PCK CA");
  ASTERISM_TRY(const auto pck, trusted_pck(authentic.quote.pck_chain, pck_crl, root_crl, root, time),
               "PCK certificate");
  ASTERISM_TRY(authentic.pck, read_pck_certificate(pck));
  ASTERISM_CHECK(check_signatures(authentic.quote, pck), "TDX quote");
  ASTERISM_TRY(const auto key, collateral_key(collateral.signing_chain, root_crl, root, time), "TCB signing chain");
  ASTERISM_TRY(const auto info_text, signed_text(collateral.tcb_info, "tcbInfo", key), "TCB info");
  ASTERISM_TRY(authentic.tcb_info, parse_tcb_info(info_text));
  ASTERISM_CHECK(check_dates(authentic.tcb_info.dates, time), "TCB info");
  ASTERISM_TRY(const auto qe_text, signed_text(collateral.qe_identity, "enclaveIdentity", key), "QE identity");
  ASTERISM_TRY(authentic.qe_identity, parse_qe_identity(qe_text));
  ASTERISM_CHECK(check_dates(authentic.qe_identity.dates, time), "QE identity");
  if (authentic.tcb_info.fmspc != authentic.pck.fmspc) {
    return fail(Errc::unverified, "TCB info: fmspc: {} instead of {}", to_hex(authentic.tcb_info.fmspc),
                to_hex(authentic.pck.fmspc));
  }
  if (authentic.tcb_info.pce_id != authentic.pck.pce_id) {
    return fail(Errc::unverified, "TCB info: pceId: {} instead of {}", to_hex(authentic.tcb_info.pce_id),
                to_hex(authentic.pck.pce_id));
  }
  return authentic;
}

}  // namespace asterism::attestation
