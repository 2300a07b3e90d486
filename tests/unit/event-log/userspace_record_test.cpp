// SPDX-License-Identifier: Apache-2.0
#include "event-log/userspace_record.hpp"

#include <array>
#include <filesystem>

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include "common/fs.hpp"
#include "common/json.hpp"

using namespace asterism;
using namespace asterism::event_log;

BOOST_AUTO_TEST_CASE(an_event_record_is_one_json_text) {
  UserspaceEvent event;
  event.pcr = 15;
  event.text = "asterism-state-disk:a:b";
  event.boot_id = "00";
  event.timestamp_us = 7;
  event.digests.emplace(HashAlgorithm::sha256, sha256(as_bytes(event.text)).value());
  const std::string text = to_log_text(event);
  BOOST_TEST(text.front() == '\x1e');
  BOOST_TEST(text.back() == '\n');
  const auto json = parse_json(text.substr(1)).value();
  BOOST_TEST(*json.get_if<Json::Object>()->at("pcr").get_if<std::uint64_t>() == 15u);
  BOOST_TEST(text.contains(sha256(as_bytes(event.text)).value().hex()));
}

BOOST_AUTO_TEST_CASE(what_is_logged_is_read_again) {
  const auto folder = std::filesystem::temp_directory_path() / std::format("userspace-record-{}", ::getpid());
  const std::string path = folder / "sub/measure.log";
  constexpr std::array banks{HashAlgorithm::sha256, HashAlgorithm::sha384};
  BOOST_REQUIRE(log_userspace_event(path, 15, banks, "state-disk", "first"));
  BOOST_REQUIRE(log_userspace_event(path, 15, banks, "cluster", "second"));
  const auto events = parse_userspace_log(read_text_file(path, 65'536).value()).value();
  std::filesystem::remove_all(folder);
  BOOST_REQUIRE(events.size() == 2u);
  BOOST_TEST(events[0].text == "first");
  BOOST_TEST(events[0].event_type == "state-disk");
  BOOST_TEST(events[1].text == "second");
  BOOST_TEST((events[1].pcr == 15u));
  BOOST_TEST(events[1].boot_id.size() == 32u);
  for (const HashAlgorithm bank : banks)
    BOOST_TEST((events[1].digests.at(bank) == hash(bank, as_bytes("second")).value()));
}

BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_written_is_an_error) {
  constexpr std::array banks{HashAlgorithm::sha256};
  BOOST_TEST(!log_userspace_event("/proc/none/measure.log", 15, banks, "cluster", "words"));
}
