// SPDX-License-Identifier: Apache-2.0
#include "join/csr.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/x509.h>

#include "attestation/pki.hpp"
#include "join/testing/fake_kubernetes.hpp"

using namespace asterism;
using namespace asterism::join;

namespace {

/// What a hostile node could send: any subject, key and attributes.
struct Request {
  std::vector<std::pair<const char*, std::string>> subject{{"O", "system:nodes"}, {"CN", "system:node:w1"}};
  asterism::testing::Key key = asterism::testing::make_ec_key("P-256");
  asterism::testing::Key signer = key;
  bool alternative_name = false;

  [[nodiscard]] std::vector<std::byte> der() const {
    X509_REQ* const request = ::X509_REQ_new();
    X509_NAME* const name = ::X509_NAME_new();
    for (const auto& [field, text] : subject)
      ::X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.c_str()), -1,
                                   -1, 0);
    ::X509_REQ_set_subject_name(request, name);
    ::X509_REQ_set_pubkey(request, key.get());
    if (alternative_name)
      ::X509_REQ_add1_attr_by_txt(request, "unstructuredName", MBSTRING_ASC,
                                  reinterpret_cast<const unsigned char*>("x"), 1);
    ::X509_REQ_sign(request, signer.get(), ::EVP_sha256());
    unsigned char* bytes = nullptr;
    const int size = ::i2d_X509_REQ(request, &bytes);
    const auto view = std::as_bytes(std::span{bytes, static_cast<std::size_t>(size)});
    std::vector<std::byte> copy{view.begin(), view.end()};
    ::OPENSSL_free(bytes);
    ::X509_NAME_free(name);
    ::X509_REQ_free(request);
    return copy;
  }
};

std::string refusal(const Request& request) {
  const auto checked = check_kubelet_request(request.der(), "w1");
  BOOST_REQUIRE(!checked);
  return checked.error().message();
}

}  // namespace

BOOST_AUTO_TEST_CASE(own_requests_are_accepted_for_their_name_only) {
  const auto made = make_kubelet_request("w1").value();
  BOOST_TEST(check_kubelet_request(made.csr, "w1").value().starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
  BOOST_TEST(!check_kubelet_request(made.csr, "w2"));
  BOOST_TEST((make_kubelet_request("W1").error().code() == Errc::usage));
  BOOST_TEST(check_kubelet_request(Request{}.der(), "w1").has_value());
}

BOOST_AUTO_TEST_CASE(requests_for_more_are_refused) {
  BOOST_TEST(refusal({.subject = {{"O", "system:masters"}, {"CN", "system:node:w1"}}}).contains("subject"));
  BOOST_TEST(refusal({.subject = {{"O", "system:nodes"}, {"CN", "system:node:w2"}}}).contains("subject"));
  BOOST_TEST(refusal({.subject = {{"CN", "system:node:w1"}, {"O", "system:nodes"}}}).contains("subject"));
  BOOST_TEST(refusal({.subject = {{"CN", "system:node:w1"}}}).contains("subject"));
  BOOST_TEST(refusal({.subject = {{"O", "system:nodes"}, {"O", "system:masters"}, {"CN", "system:node:w1"}}})
                 .contains("subject"));
  BOOST_TEST(refusal({.key = asterism::testing::make_ec_key("P-384")}).contains("P-256"));
  BOOST_TEST(refusal({.signer = asterism::testing::make_ec_key("P-256")}).contains("signature"));
  BOOST_TEST(refusal({.alternative_name = true}).contains("attributes"));
  auto longer = Request{}.der();
  longer.push_back(std::byte{0});
  BOOST_TEST((check_kubelet_request(longer, "w1").error().code() == Errc::corrupt));
  BOOST_TEST((check_kubelet_request({}, "w1").error().code() == Errc::corrupt));
}

BOOST_AUTO_TEST_CASE(a_certificate_has_to_be_for_the_key_and_the_name) {
  join::testing::FakeKubernetes kubernetes;
  const auto made = make_kubelet_request("w1").value();
  const auto pem = check_kubelet_request(made.csr, "w1").value();
  const auto certificate = kubernetes.issue("w1", pem, "").value();
  BOOST_TEST(check_kubelet_certificate(certificate, made.key_pem, "w1").has_value());
  BOOST_TEST(!check_kubelet_certificate(certificate, made.key_pem, "w2"));
  BOOST_TEST(!check_kubelet_certificate(certificate, make_kubelet_request("w1").value().key_pem, "w1"));
  BOOST_TEST((check_kubelet_certificate("x", made.key_pem, "w1").error().code() == Errc::corrupt));
}
