// SPDX-License-Identifier: Apache-2.0
#include "attestation/certificate.hpp"

#include <array>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "common/handle.hpp"

namespace asterism::attestation {
namespace {

using Bio = Handle<BIO, ::BIO_vfree>;
using Store = Handle<X509_STORE, ::X509_STORE_free>;
using StoreContext = Handle<X509_STORE_CTX, ::X509_STORE_CTX_free>;
using Object = Handle<ASN1_OBJECT, ::ASN1_OBJECT_free>;

void free_stack(STACK_OF(X509) * stack) noexcept {
  sk_X509_free(stack);  // the certificates belong to others
}
using Stack = Handle<STACK_OF(X509), free_stack>;

std::shared_ptr<X509> owned(X509* x509) {
  return {x509, ::X509_free};
}

}  // namespace

Result<Certificate> Certificate::from_der(Bytes der) {
  if (der.size() > der_bytes_max) return fail(Errc::corrupt, "a certificate of {} bytes", der.size());
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = at + der.size();
  auto x509 = owned(::d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  ::ERR_clear_error();
  if (!x509 || at != end) return fail(Errc::corrupt, "{} bytes that are no certificate in DER", der.size());
  return Certificate{std::move(x509)};
}

Result<std::vector<Certificate>> Certificate::from_pem(std::string_view text, std::size_t count_max) {
  if (text.size() > count_max * 2 * der_bytes_max) return fail(Errc::corrupt, "certificates of {} bytes", text.size());
  const Bio bio{::BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  if (!bio) return fail(Errc::internal, "reading certificates");
  std::vector<Certificate> list;
  while (auto x509 = owned(::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))) {
    if (list.size() == count_max) return fail(Errc::corrupt, "more than {} certificates", count_max);
    list.push_back(Certificate{std::move(x509)});
  }
  const auto reason = ERR_GET_REASON(::ERR_peek_last_error());
  ::ERR_clear_error();
  if (list.empty() || reason != PEM_R_NO_START_LINE) return fail(Errc::corrupt, "no certificates in PEM");
  return list;
}

Result<std::vector<std::byte>> Certificate::der() const {
  unsigned char* der = nullptr;
  const int length = ::i2d_X509(x509_.get(), &der);
  if (length <= 0) return fail(Errc::internal, "encoding a certificate");
  const auto bytes = std::as_bytes(std::span{der, static_cast<std::size_t>(length)});
  std::vector<std::byte> out{bytes.begin(), bytes.end()};
  ::OPENSSL_free(der);
  return out;
}

std::string Certificate::common_name() const {
  const X509_NAME* name = ::X509_get_subject_name(x509_.get());
  int last = -1;
  for (int at = -1; (at = ::X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;)
    last = at;
  if (last < 0) return {};
  const ASN1_STRING* value = ::X509_NAME_ENTRY_get_data(::X509_NAME_get_entry(name, last));
  const auto* data = reinterpret_cast<const char*>(::ASN1_STRING_get0_data(value));
  return excerpt({data, static_cast<std::size_t>(::ASN1_STRING_length(value))});
}

Result<PublicKey> Certificate::public_key() const {
  const std::shared_ptr<EVP_PKEY> key{::X509_get_pubkey(x509_.get()), ::EVP_PKEY_free};
  ::ERR_clear_error();
  return PublicKey::adopt(key);
}

bool Certificate::signed_with_pss() const {
  return ::X509_get_signature_nid(x509_.get()) == NID_rsassaPss;
}

Result<std::vector<std::byte>> Certificate::extension(std::string_view oid) const {
  const Object object{::OBJ_txt2obj(std::string{oid}.c_str(), /* no_name= */ 1)};
  if (!object) return fail(Errc::internal, "'{}' is no OID", oid);
  const int at = ::X509_get_ext_by_OBJ(x509_.get(), object.get(), -1);
  if (at < 0) return fail(Errc::not_found, "extension {} is missing", oid);
  if (::X509_get_ext_by_OBJ(x509_.get(), object.get(), at) >= 0) {
    return fail(Errc::corrupt, "extension {} stands there twice", oid);
  }
  const ASN1_OCTET_STRING* data = ::X509_EXTENSION_get_data(::X509_get_ext(x509_.get(), at));
  const auto bytes =
      std::as_bytes(std::span{::ASN1_STRING_get0_data(data), static_cast<std::size_t>(::ASN1_STRING_length(data))});
  return std::vector<std::byte>{bytes.begin(), bytes.end()};
}

Result<> verify_chain(const Certificate& leaf, std::span<const Certificate> between, const Certificate& anchor,
                      Time time) {
  const Store store{::X509_STORE_new()};
  const StoreContext context{::X509_STORE_CTX_new()};
  const Stack untrusted{sk_X509_new_null()};
  bool ready = store && context && untrusted && ::X509_STORE_add_cert(store.get(), anchor.handle()) == 1;
  for (const Certificate& certificate : between) {
    ready = ready && sk_X509_push(untrusted.get(), certificate.handle()) > 0;
  }
  ready = ready && ::X509_STORE_CTX_init(context.get(), store.get(), leaf.handle(), untrusted.get()) == 1;
  if (!ready) return fail(Errc::internal, "preparing a certificate chain");
  ::X509_STORE_CTX_set_time(context.get(), 0, time.time_since_epoch().count());
  const bool good = ::X509_verify_cert(context.get()) == 1;
  const int error = ::X509_STORE_CTX_get_error(context.get());
  const int depth = ::X509_STORE_CTX_get_error_depth(context.get());
  ::ERR_clear_error();
  if (!good) {
    const auto* at = ::X509_STORE_CTX_get_current_cert(context.get());
    const std::string name = at == leaf.handle() || !at ? leaf.common_name() : std::format("depth {}", depth);
    return fail(Errc::unverified, "certificate chain of '{}': {}: {}", leaf.common_name(), name,
                ::X509_verify_cert_error_string(error));
  }
  return {};
}

}  // namespace asterism::attestation
