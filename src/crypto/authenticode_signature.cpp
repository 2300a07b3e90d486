// SPDX-License-Identifier: Apache-2.0
#include "crypto/authenticode_signature.hpp"

#include <algorithm>
#include <limits>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "common/handle.hpp"

namespace asterism::crypto {
namespace {

using Pkcs7 = Handle<PKCS7, ::PKCS7_free>;
using Certificate = Handle<X509, ::X509_free>;
using CertificateStore = Handle<X509_STORE, ::X509_STORE_free>;
using Bio = Handle<BIO, ::BIO_vfree>;

constexpr std::string_view spc_indirect_data_oid = "1.3.6.1.4.1.311.2.1.4";
constexpr std::size_t blob_bytes_max = 1U << 20;

const unsigned char* unsigned_chars(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());  // the type that OpenSSL takes bytes as
}

Result<Pkcs7> parse_signed_data(Bytes blob) {
  if (blob.size() > blob_bytes_max) return fail(Errc::corrupt, "signature of {} bytes", blob.size());
  const unsigned char* at = unsigned_chars(blob);
  Pkcs7 pkcs7{::d2i_PKCS7(nullptr, &at, static_cast<long>(blob.size()))};
  ::ERR_clear_error();
  if (!pkcs7 || !PKCS7_type_is_signed(pkcs7.get()) || !pkcs7->d.sign || !pkcs7->d.sign->contents) {
    return fail(Errc::corrupt, "the signature is no PKCS#7 SignedData");
  }
  return pkcs7;
}

/// The DER content of SpcIndirectDataContent without its outer tag and length: the bytes that were signed.
Result<Bytes> signed_content(const PKCS7& pkcs7) {
  const PKCS7* contents = pkcs7.d.sign->contents;
  std::array<char, 64> oid{};
  ::OBJ_obj2txt(oid.data(), static_cast<int>(oid.size()), contents->type, 1);
  if (spc_indirect_data_oid != oid.data() || !contents->d.other || contents->d.other->type != V_ASN1_SEQUENCE) {
    return fail(Errc::corrupt, "the signature does not hold SpcIndirectDataContent");
  }
  const ASN1_STRING* sequence = contents->d.other->value.sequence;
  const unsigned char* at = ::ASN1_STRING_get0_data(sequence);
  long length = 0;
  int tag = 0;
  int tag_class = 0;
  const int form = ::ASN1_get_object(&at, &length, &tag, &tag_class, ::ASN1_STRING_length(sequence));
  ::ERR_clear_error();
  if ((form & 0x80) != 0 || tag != V_ASN1_SEQUENCE || length <= 0) {
    return fail(Errc::corrupt, "SpcIndirectDataContent is no DER sequence");
  }
  return std::as_bytes(std::span{at, static_cast<std::size_t>(length)});
}

}  // namespace

Result<HashAlgorithm> authenticode_algorithm(Bytes pkcs7) {
  ASTERISM_TRY(const auto parsed, parse_signed_data(pkcs7));
  const auto* algorithms = parsed->d.sign->md_algs;
  if (sk_X509_ALGOR_num(algorithms) != 1) {
    return fail(Errc::corrupt, "the signature names {} digest algorithms", sk_X509_ALGOR_num(algorithms));
  }
  const int nid = ::OBJ_obj2nid(sk_X509_ALGOR_value(algorithms, 0)->algorithm);
  if (nid == NID_sha256) return HashAlgorithm::sha256;
  if (nid == NID_sha384) return HashAlgorithm::sha384;
  return fail(Errc::unsupported, "signature with digest algorithm {}", ::OBJ_nid2sn(nid));
}

Result<> verify_authenticode(Bytes pkcs7, const Digest& image, Bytes certificate) {
  ASTERISM_TRY(const auto parsed, parse_signed_data(pkcs7));
  ASTERISM_TRY(const auto content, signed_content(*parsed));
  const Bytes expected = image.bytes();
  if (content.size() < expected.size() || !std::ranges::equal(content.last(expected.size()), expected)) {
    return fail(Errc::unverified, "the signature is for another image");
  }
  const unsigned char* at = unsigned_chars(certificate);
  const Certificate anchor{::d2i_X509(nullptr, &at, static_cast<long>(certificate.size()))};
  const CertificateStore store{::X509_STORE_new()};
  const Bio data{::BIO_new_mem_buf(content.data(), static_cast<int>(content.size()))};
  const bool ready = anchor && store && data && ::X509_STORE_add_cert(store.get(), anchor.get()) == 1 &&
                     ::X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME) == 1 &&
                     ::X509_STORE_set_purpose(store.get(), X509_PURPOSE_ANY) == 1;
  const bool verified =
      ready && ::PKCS7_verify(parsed.get(), nullptr, store.get(), data.get(), nullptr, PKCS7_BINARY) == 1;
  ::ERR_clear_error();
  if (!verified) return fail(Errc::unverified, "the signature does not lead to the certificate");
  return {};
}

}  // namespace asterism::crypto
