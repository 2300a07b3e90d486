// SPDX-License-Identifier: Apache-2.0
#include "common/digest.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

using namespace asterism;

BOOST_AUTO_TEST_CASE(fips_180_known_answers) {
  BOOST_TEST(sha256(as_bytes("abc")).value().hex() ==
             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(sha384(as_bytes("abc")).value().hex() ==
             "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
             "8086072ba1e7cc2358baeca134c825a7");
  BOOST_TEST(sha256({}).value().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

BOOST_AUTO_TEST_CASE(parts_and_stream_and_whole_agree) {
  for (const HashAlgorithm algorithm : hash_algorithms) {
    const Digest whole = hash(algorithm, as_bytes("abc")).value();
    BOOST_TEST((hash(algorithm, {as_bytes("a"), {}, as_bytes("bc")}).value() == whole));
    Hasher hasher{algorithm};
    hasher.update(as_bytes("ab"));
    hasher.update(as_bytes("c"));
    BOOST_TEST((hasher.finish().value() == whole));
  }
}

BOOST_AUTO_TEST_CASE(zeros_are_bytes_like_any_other) {
  for (const std::size_t count : {0u, 1u, 4095u, 4096u, 4097u, 10000u}) {
    Hasher hasher{HashAlgorithm::sha256};
    hasher.update_zeros(count);
    BOOST_TEST((hasher.finish().value() == sha256(std::vector<std::byte>(count)).value()), count);
  }
}

BOOST_AUTO_TEST_CASE(finish_works_once) {
  Hasher hasher{HashAlgorithm::sha256};
  BOOST_TEST(hasher.finish().has_value());
  BOOST_TEST((hasher.finish().error().code() == Errc::internal));
}

BOOST_AUTO_TEST_CASE(digests_of_two_algorithms_are_never_equal) {
  BOOST_TEST((Digest{HashAlgorithm::sha256} != Digest{HashAlgorithm::sha384}));
  BOOST_TEST((Digest{HashAlgorithm::sha256} == Digest{HashAlgorithm::sha256}));
}

BOOST_AUTO_TEST_CASE(length_is_checked) {
  const std::string hex(64, 'a');
  BOOST_TEST(Digest::from_hex(HashAlgorithm::sha256, hex).value().hex() == hex);
  BOOST_TEST((Digest::from_hex(HashAlgorithm::sha384, hex).error().code() == Errc::corrupt));
  BOOST_TEST((Digest::from_hex(HashAlgorithm::sha256, hex.substr(2)).error().code() == Errc::corrupt));
  BOOST_TEST((Digest::from_hex(HashAlgorithm::sha256, "zz" + hex.substr(2)).error().code() == Errc::corrupt));
}

BOOST_AUTO_TEST_CASE(names_round_trip) {
  for (const HashAlgorithm algorithm : hash_algorithms) {
    BOOST_TEST((parse_hash_algorithm(to_string(algorithm)).value() == algorithm));
  }
  BOOST_TEST((parse_hash_algorithm("sha1").error().code() == Errc::usage));
}
