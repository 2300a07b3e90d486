// SPDX-License-Identifier: Apache-2.0
#include "common/secret.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

using namespace asterism;

BOOST_AUTO_TEST_CASE(holds_what_was_given) {
  const auto secret = SecretBytes::copy_of(as_bytes("key")).value();
  BOOST_TEST(as_text(secret.bytes()) == "key");
  BOOST_TEST(SecretBytes::zeros(3).value().size() == 3U);
  BOOST_TEST(SecretBytes::zeros(0).value().bytes().empty());
}

BOOST_AUTO_TEST_CASE(moving_empties_the_source) {
  auto first = SecretBytes::copy_of(as_bytes("key")).value();
  SecretBytes second{std::move(first)};
  BOOST_TEST(first.size() == 0U);  // NOLINT(bugprone-use-after-move): that is what is tested
  SecretBytes third = SecretBytes::copy_of(as_bytes("other")).value();
  third = std::move(second);
  BOOST_TEST(as_text(third.bytes()) == "key");
}

BOOST_AUTO_TEST_CASE(compares_content_and_length) {
  const auto one = SecretBytes::copy_of(as_bytes("key")).value();
  BOOST_TEST(one.equals(SecretBytes::copy_of(as_bytes("key")).value()));
  BOOST_TEST(!one.equals(SecretBytes::copy_of(as_bytes("kez")).value()));
  BOOST_TEST(!one.equals(SecretBytes::copy_of(as_bytes("keyy")).value()));
}

BOOST_AUTO_TEST_CASE(random_bytes_differ) {
  BOOST_TEST(!SecretBytes::random(32).value().equals(SecretBytes::random(32).value()));
}

BOOST_AUTO_TEST_CASE(wiping_leaves_zeros) {
  std::vector<std::byte> bytes(8, std::byte{7});
  wipe(bytes);
  BOOST_TEST(std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; }));
}
