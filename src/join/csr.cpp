// SPDX-License-Identifier: Apache-2.0
#include "join/csr.hpp"

#include <array>
#include <span>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/handle.hpp"
#include "join/message.hpp"

namespace asterism::join {
namespace {

using Pkey = Handle<EVP_PKEY, ::EVP_PKEY_free>;
using Request = Handle<X509_REQ, ::X509_REQ_free>;
using X509Handle = Handle<X509, ::X509_free>;
using Name = Handle<X509_NAME, ::X509_NAME_free>;
using Bio = Handle<BIO, ::BIO_vfree>;

constexpr std::string_view group = "system:nodes";

std::unexpected<Error> openssl_failed(std::string_view doing) {
  ::ERR_clear_error();
  return fail(Errc::internal, "OpenSSL: {}", doing);
}

Result<Name> subject_of(std::string_view node) {
  Name name{::X509_NAME_new()};
  const std::string common = "system:node:" + std::string{node};
  const auto add = [&](const char* field, std::string_view text) {
    return ::X509_NAME_add_entry_by_txt(name.get(), field, MBSTRING_UTF8,
                                        reinterpret_cast<const unsigned char*>(text.data()),
                                        static_cast<int>(text.size()), -1, 0) == 1;
  };
  if (!name || !add("O", group) || !add("CN", common)) return openssl_failed("writing a subject");
  return name;
}

/// Where the caller gives a secret out: the pages of BIOs are ordinary memory, so it is wiped there.
Result<SecretBytes> take_secret(BIO* bio) {
  char* data = nullptr;
  const long size = ::BIO_get_mem_data(bio, &data);
  const std::span<std::byte> bytes = std::as_writable_bytes(std::span{data, static_cast<std::size_t>(size)});
  auto secret = SecretBytes::copy_of(bytes);
  wipe(bytes);
  return secret;
}

Result<std::string> take_text(BIO* bio) {
  char* data = nullptr;
  const long size = ::BIO_get_mem_data(bio, &data);
  return std::string{data, static_cast<std::size_t>(size)};
}

Result<std::vector<std::byte>> der_of(X509_REQ* request) {
  unsigned char* der = nullptr;
  const int size = ::i2d_X509_REQ(request, &der);
  if (size <= 0) return openssl_failed("writing a CSR");
  const Bytes bytes = std::as_bytes(std::span{der, static_cast<std::size_t>(size)});
  std::vector<std::byte> copy{bytes.begin(), bytes.end()};
  ::OPENSSL_free(der);
  return copy;
}

/// The subject has to have exactly these two attributes, whatever the string type.
Result<> check_subject(const X509_NAME* subject, std::string_view node) {
  const std::string common = "system:node:" + std::string{node};
  const std::pair<int, std::string_view> wanted[] = {{NID_organizationName, group}, {NID_commonName, common}};
  if (::X509_NAME_entry_count(subject) != 2) return fail(Errc::unverified, "subject: not exactly O and CN");
  for (int i = 0; i < 2; ++i) {
    const X509_NAME_ENTRY* entry = ::X509_NAME_get_entry(subject, i);
    const ASN1_STRING* value = ::X509_NAME_ENTRY_get_data(entry);
    const std::string_view text = as_text(std::as_bytes(
        std::span{::ASN1_STRING_get0_data(value), static_cast<std::size_t>(::ASN1_STRING_length(value))}));
    if (::OBJ_obj2nid(::X509_NAME_ENTRY_get_object(entry)) != wanted[i].first || text != wanted[i].second ||
        ::X509_NAME_ENTRY_set(entry) != i) {
      return fail(Errc::unverified, "subject: '{}' instead of '{}'", excerpt(text), wanted[i].second);
    }
  }
  return {};
}

Result<> check_key(EVP_PKEY* key) {
  std::array<char, 32> curve{};
  std::size_t size = 0;
  if (key == nullptr || ::EVP_PKEY_is_a(key, "EC") != 1 ||
      ::EVP_PKEY_get_group_name(key, curve.data(), curve.size(), &size) != 1 ||
      std::string_view{curve.data()} != "prime256v1") {
    return fail(Errc::unverified, "key: not on P-256");
  }
  return {};
}

}  // namespace

Result<KubeletRequest> make_kubelet_request(std::string_view node) {
  if (!is_node_name(node)) return fail(Errc::usage, "'{}' is no name for a node", excerpt(node));
  const Pkey key{::EVP_EC_gen("P-256")};
  const Request request{::X509_REQ_new()};
  const Bio bio{::BIO_new(::BIO_s_mem())};
  if (!key || !request || !bio) return openssl_failed("making a key");
  ASTERISM_TRY(const auto subject, subject_of(node));
  if (::X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      ::X509_REQ_set_subject_name(request.get(), subject.get()) != 1 ||
      ::X509_REQ_set_pubkey(request.get(), key.get()) != 1 ||
      ::X509_REQ_sign(request.get(), key.get(), ::EVP_sha256()) <= 0 ||
      ::PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return openssl_failed("making a CSR");
  }
  KubeletRequest made;
  ASTERISM_TRY(made.key_pem, take_secret(bio.get()));
  ASTERISM_TRY(made.csr, der_of(request.get()));
  return made;
}

Result<std::string> check_kubelet_request(Bytes csr, std::string_view node) {
  const auto* at = reinterpret_cast<const unsigned char*>(csr.data());
  const auto* const end = at + csr.size();
  const Request request{::d2i_X509_REQ(nullptr, &at, static_cast<long>(csr.size()))};
  if (!request || at != end) {
    ::ERR_clear_error();
    return fail(Errc::corrupt, "CSR: no PKCS#10 request");
  }
  EVP_PKEY* const key = ::X509_REQ_get0_pubkey(request.get());
  ASTERISM_CHECK(check_key(key), "CSR");
  ASTERISM_CHECK(check_subject(::X509_REQ_get_subject_name(request.get()), node), "CSR");
  if (::X509_REQ_get_attr_count(request.get()) != 0) {
    return fail(Errc::unverified, "CSR: attributes: it asks for more than a name");
  }
  if (::X509_REQ_verify(request.get(), key) != 1) {
    ::ERR_clear_error();
    return fail(Errc::unverified, "CSR: signature: not made with its key");
  }
  const Bio bio{::BIO_new(::BIO_s_mem())};
  if (!bio || ::PEM_write_bio_X509_REQ(bio.get(), request.get()) != 1) return openssl_failed("writing a CSR");
  return take_text(bio.get());
}

Result<> check_kubelet_certificate(std::string_view certificate_pem, const SecretBytes& key_pem,
                                   std::string_view node) {
  const Bio certificate_bio{::BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size()))};
  const Bio key_bio{::BIO_new_mem_buf(key_pem.bytes().data(), static_cast<int>(key_pem.size()))};
  const X509Handle certificate{::PEM_read_bio_X509(certificate_bio.get(), nullptr, nullptr, nullptr)};
  const Pkey key{::PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr)};
  ::ERR_clear_error();
  if (!certificate) return fail(Errc::corrupt, "certificate: no PEM certificate");
  if (!key) return fail(Errc::internal, "own key: not readable");
  ASTERISM_CHECK(check_subject(::X509_get_subject_name(certificate.get()), node), "certificate");
  if (::EVP_PKEY_eq(::X509_get0_pubkey(certificate.get()), key.get()) != 1) {
    ::ERR_clear_error();
    return fail(Errc::unverified, "certificate: for another key");
  }
  return {};
}

}  // namespace asterism::join
