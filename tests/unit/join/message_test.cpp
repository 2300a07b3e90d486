// SPDX-License-Identifier: Apache-2.0
#include "join/message.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support/hostile_table.hpp"

using namespace asterism;
using namespace asterism::join;
namespace bdata = boost::unit_test::data;

namespace {

constexpr const char* uuid = "0f8b9e7c-1d2a-4c3b-8e5f-6a7b8c9d0e1f";

template <class T>
T back_and_forth(const Message& message) {
  const auto bytes = encode(message).value();
  auto parsed = parse_message(bytes).value();
  BOOST_TEST((encode(parsed).value() == bytes));
  return std::move(std::get<T>(parsed));
}

JoinAnswer good_answer() {
  return {.node = "worker-1",
          .cluster = "prod.example",
          .api_endpoint = "https://api:6443",
          .ca_pem = "CA\n",
          .certificate_pem = "CERT\n",
          .disk_key = SecretBytes::copy_of(std::vector<std::byte>(32, std::byte{9})).value(),
          .dns = {.servers = {"10.96.0.10", "fd00::a"}, .domain = "cluster.local"}};
}

Errc code_of(const Message& message) {
  const auto bytes = encode(message);
  BOOST_REQUIRE(!bytes);
  return bytes.error().code();
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_kind_comes_back_as_it_was) {
  const auto request = back_and_forth<JoinRequest>(
      JoinRequest{.node = "worker-1", .disk_uuid = uuid, .csr = {std::byte{1}, std::byte{2}}});
  BOOST_TEST(request.node == "worker-1");
  BOOST_TEST(request.disk_uuid == uuid);
  BOOST_TEST(request.csr.size() == 2U);
  const auto answer = back_and_forth<JoinAnswer>(good_answer());
  BOOST_TEST(answer.api_endpoint == "https://api:6443");
  BOOST_TEST(answer.disk_key.equals(good_answer().disk_key));
  BOOST_TEST((answer.dns == good_answer().dns));
  const auto refused =
      back_and_forth<Refusal>(Refusal{.code = RefusalCode::rate, .retry_after_seconds = 70000, .reason = "too many"});
  BOOST_TEST(refused.retry_after_seconds == 70000U);
  BOOST_TEST((refused.code == RefusalCode::rate));
  back_and_forth<MembersRequest>(MembersRequest{});
  BOOST_TEST(back_and_forth<MembersList>(MembersList{.key = {}, .signature = {}, .size_bytes = 5}).size_bytes == 5U);
  BOOST_TEST(back_and_forth<Piece>(Piece{.bytes = std::vector<std::byte>(piece_bytes_max)}).bytes.size() ==
             piece_bytes_max);
  BOOST_TEST(back_and_forth<DiskWanted>(DiskWanted{.node = "worker-1", .disk_uuid = uuid}).disk_uuid == uuid);
  BOOST_TEST(back_and_forth<DiskKey>(DiskKey{.disk_uuid = uuid, .key = std::move(good_answer().disk_key)})
                 .key.equals(good_answer().disk_key));
  back_and_forth<DiskKeyTaken>(DiskKeyTaken{});
}

BOOST_AUTO_TEST_CASE(what_would_be_refused_is_not_sent) {
  BOOST_TEST((code_of(JoinRequest{.node = "Worker", .disk_uuid = {}, .csr = {std::byte{1}}}) == Errc::usage));
  BOOST_TEST((code_of(JoinRequest{.node = "w", .disk_uuid = {}, .csr = {}}) == Errc::usage));
  BOOST_TEST((code_of(Piece{.bytes = {}}) == Errc::usage));
  BOOST_TEST((code_of(Piece{.bytes = std::vector<std::byte>(70'000)}) == Errc::usage));
  BOOST_TEST((code_of(DiskKey{.disk_uuid = uuid, .key = {}}) == Errc::usage));
  BOOST_TEST((code_of(DiskKey{.disk_uuid = {}, .key = std::move(good_answer().disk_key)}) == Errc::usage));
  BOOST_TEST((code_of(DiskWanted{.node = "w", .disk_uuid = {}}) == Errc::usage));
  auto answer = good_answer();
  answer.api_endpoint = "http://api";
  BOOST_TEST((code_of(std::move(answer)) == Errc::usage));
  auto lost = good_answer();
  lost.dns.domain.clear();
  BOOST_TEST((code_of(std::move(lost)) == Errc::usage));
}

// The good input is a join request of node "w1" with a CSR of two bytes.
BOOST_DATA_TEST_CASE(hostile_messages_are_refused,
                     bdata::make(asterism::testing::hostile_table("join/message_hostile.txt")), row) {
  const auto good = encode(JoinRequest{.node = "w1", .disk_uuid = {}, .csr = {std::byte{1}, std::byte{2}}}).value();
  const auto parsed = parse_message(row.apply(good));
  BOOST_REQUIRE(!parsed);
  BOOST_TEST(to_string(parsed.error().code()) == row.code, parsed.error().message());
  BOOST_TEST(parsed.error().message().contains(row.message), parsed.error().message());
}

BOOST_AUTO_TEST_CASE(names) {
  BOOST_TEST(is_node_name("a"));
  BOOST_TEST(is_node_name(std::string(63, 'a')));
  for (const char* bad : {"", "-a", "a-", "A", "a.b", "a_b", "a b"})
    BOOST_TEST(!is_node_name(bad), bad);
  BOOST_TEST(!is_node_name(std::string(64, 'a')));
  BOOST_TEST(is_uuid(uuid));
  BOOST_TEST(!is_uuid("0F8B9E7C-1D2A-4C3B-8E5F-6A7B8C9D0E1F"));
  BOOST_TEST(!is_uuid("0f8b9e7c01d2a-4c3b-8e5f-6a7b8c9d0e1f"));
  BOOST_TEST(is_cluster_id("prod.example-1"));
  BOOST_TEST(!is_cluster_id("Prod"));
}
