// SPDX-License-Identifier: Apache-2.0
// Real signatures are checked in tests/interop/secure_boot.sh; here are the ones that are none.
#include "crypto/authenticode_signature.hpp"

#include <boost/test/unit_test.hpp>

using namespace asterism;

namespace {

// SEQUENCE { OBJECT 1.2.840.113549.1.7.1 (data), [0] { OCTET STRING } }
constexpr std::string_view plain_data = "300f06092a864886f70d010701a0020400";

}  // namespace

BOOST_AUTO_TEST_CASE(malformed_blobs_are_corrupt) {
  const Digest digest{HashAlgorithm::sha256};
  for (const std::string_view hex : {std::string_view{""}, std::string_view{"00"}, std::string_view{"3080"},
                                     std::string_view{"30ffffffffff"}, plain_data}) {
    const auto blob = from_hex(hex).value();
    BOOST_TEST((crypto::authenticode_algorithm(blob).error().code() == Errc::corrupt), hex);
    BOOST_TEST((crypto::verify_authenticode(blob, digest, {}).error().code() == Errc::corrupt), hex);
  }
}

BOOST_AUTO_TEST_CASE(huge_blobs_are_refused_before_parsing) {
  const std::vector<std::byte> blob((1U << 20) + 1, std::byte{0x30});
  BOOST_TEST((crypto::authenticode_algorithm(blob).error().code() == Errc::corrupt));
}
