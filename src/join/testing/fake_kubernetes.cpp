// SPDX-License-Identifier: Apache-2.0
#include "join/testing/fake_kubernetes.hpp"

#include <span>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/handle.hpp"

namespace asterism::join::testing {
namespace {

using Pkey = Handle<EVP_PKEY, ::EVP_PKEY_free>;
using Request = Handle<X509_REQ, ::X509_REQ_free>;
using X509Handle = Handle<X509, ::X509_free>;
using Bio = Handle<BIO, ::BIO_vfree>;

}  // namespace

struct FakeKubernetes::Authority {
  Pkey key{::EVP_EC_gen("P-256")};
};

FakeKubernetes::FakeKubernetes() : authority_{std::make_unique<Authority>()} {}
FakeKubernetes::~FakeKubernetes() = default;

Result<std::string> FakeKubernetes::issue(std::string_view node, std::string_view csr_pem,
                                          std::string_view /*reason*/) {
  const std::scoped_lock lock{mutex_};
  if (!failures_.empty()) {
    Error error = std::move(failures_.front());
    failures_.pop_front();
    return std::unexpected{std::move(error)};
  }
  const Bio in{::BIO_new_mem_buf(csr_pem.data(), static_cast<int>(csr_pem.size()))};
  const Request request{::PEM_read_bio_X509_REQ(in.get(), nullptr, nullptr, nullptr)};
  if (!request) return fail(Errc::unverified, "Kubernetes: no CSR");
  const X509Handle certificate{::X509_new()};
  ::X509_set_version(certificate.get(), X509_VERSION_3);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate.get()), static_cast<long>(issued.size()) + 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), 0);
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate.get()), 3600);
  ::X509_set_subject_name(certificate.get(), ::X509_REQ_get_subject_name(request.get()));
  ::X509_set_pubkey(certificate.get(), ::X509_REQ_get0_pubkey(request.get()));
  ::X509_sign(certificate.get(), authority_->key.get(), ::EVP_sha256());
  const Bio out{::BIO_new(::BIO_s_mem())};
  ::PEM_write_bio_X509(out.get(), certificate.get());
  char* data = nullptr;
  const long size = ::BIO_get_mem_data(out.get(), &data);
  issued.emplace_back(node);
  return std::string{data, static_cast<std::size_t>(size)};
}

}  // namespace asterism::join::testing
