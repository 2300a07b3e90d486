// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "attestation/tls/binding.hpp"
#include "mutations.hpp"

using namespace asterism;
using namespace asterism::attestation;

namespace {

SessionFacts facts() {
  SessionFacts made;
  made.exporter.fill(std::byte{1});
  made.client_key.fill(std::byte{2});
  made.server_key.fill(std::byte{3});
  made.client_nonce.fill(std::byte{4});
  made.server_nonce.fill(std::byte{5});
  made.deployment = "cluster";
  return made;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_known_answer) {
  // Computed with Python's hashlib (sha512_256) over the fields as the header lists them.
  BOOST_TEST(to_hex(session_binding(Role::client, facts()).value()) ==
             "18ddd51329b47822de7f7c2ab5f9f6d515491cc9a34d8609d799d2c7b13a254f");
}

BOOST_AUTO_TEST_CASE(every_field_changes_it) {
  const Binding base = session_binding(Role::client, facts()).value();
  std::vector<Binding> others{session_binding(Role::server, facts()).value()};
  for (auto field : {&SessionFacts::exporter, &SessionFacts::client_key, &SessionFacts::server_key,
                     &SessionFacts::client_nonce, &SessionFacts::server_nonce}) {
    auto changed = facts();
    (changed.*field)[31] ^= std::byte{1};
    others.push_back(session_binding(Role::client, changed).value());
  }
  auto changed = facts();
  changed.deployment = "cluster2";
  others.push_back(session_binding(Role::client, changed).value());
  std::swap(changed.client_key, changed.server_key);
  others.push_back(session_binding(Role::client, changed).value());
  others.push_back(base);
  std::ranges::sort(others);
  BOOST_TEST((std::ranges::adjacent_find(others) == others.end()));
}

BOOST_AUTO_TEST_CASE(the_deployment_has_to_be_named) {
  for (const std::string& deployment : {std::string{}, std::string(256, 'x')}) {
    auto changed = facts();
    changed.deployment = deployment;
    const auto outcome = session_binding(Role::client, changed);
    BOOST_REQUIRE(!outcome);
    BOOST_TEST((outcome.error().code() == Errc::usage));
  }
}

BOOST_AUTO_TEST_CASE(report_data_are_the_binding_and_zeros) {
  Binding binding;
  binding.fill(std::byte{7});
  BOOST_TEST(to_hex(as_report_data(binding)) == to_hex(binding) + std::string(64, '0'));
}
