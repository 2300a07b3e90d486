// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/digest_plan.hpp"

#include <map>
#include <string>

#include <boost/test/unit_test.hpp>

using namespace asterism;
using namespace asterism::measured_boot;

BOOST_AUTO_TEST_CASE(streams_and_continuations_equal_whole_hashes) {
  for (const unsigned threads : {1u, 2u, 7u}) {
    DigestPlan plan;
    const std::string big(100'003, 'b');
    const auto head = plan.add({{.data = as_bytes(big)}});
    const auto longer = plan.add_continuation(head, {{.data = {}, .zeros_after = 1}, {.data = as_bytes("tail")}});
    const auto other = plan.add_continuation(head, {});
    const auto zeros = plan.add({{.data = as_bytes("z"), .zeros_after = 5000}});
    BOOST_TEST(plan.run(threads).has_value());
    BOOST_TEST((plan.digests(head) == hash_banks(as_bytes(big)).value()));
    BOOST_TEST((plan.digests(longer) == hash_banks(as_bytes(big + std::string(1, '\0') + "tail")).value()));
    BOOST_TEST((plan.digests(other) == plan.digests(head)));
    BOOST_TEST((plan.digests(zeros) == hash_banks(as_bytes("z" + std::string(5000, '\0'))).value()));
  }
}

BOOST_AUTO_TEST_CASE(the_same_bytes_are_hashed_once) {
  DigestPlan plan;
  const std::string text = "text";
  const auto first = plan.add({{.data = as_bytes(text)}});
  const auto again = plan.add({{.data = as_bytes(text)}});
  const auto shorter = plan.add({{.data = as_bytes(text).first(3)}});
  BOOST_TEST(first.stream == again.stream);
  BOOST_TEST(first.stream != shorter.stream);
}

BOOST_AUTO_TEST_CASE(made_up_bytes_stay_alive) {
  DigestPlan plan;
  const auto id = plan.add({Segment::owning({std::byte{'o'}, std::byte{'k'}})});
  BOOST_TEST(plan.run(2).has_value());
  BOOST_TEST((plan.digests(id) == hash_banks(as_bytes("ok")).value()));
}

BOOST_AUTO_TEST_CASE(each_byte_that_was_hashed_is_told) {
  DigestPlan plan;
  const std::string big((2U << 20) + 5, 'b');
  const auto id = plan.add({{.data = as_bytes(big), .zeros_after = 7}});
  std::map<const std::byte*, unsigned> told;
  BOOST_TEST(plan.run(1,
                      [&](Bytes stretch) {
                        BOOST_TEST(stretch.size() <= 1U << 20);
                        told[stretch.data()] += static_cast<unsigned>(stretch.size());
                      })
                 .has_value());
  const auto* const start = as_bytes(big).data();
  const unsigned piece = 1U << 20;
  // Once per bank.
  BOOST_TEST((told == std::map<const std::byte*, unsigned>{
                          {start, 2 * piece}, {start + piece, 2 * piece}, {start + 2 * piece, 10}}));
  BOOST_TEST((plan.digests(id) == hash_banks(as_bytes(big + std::string(7, '\0'))).value()));
}
