// SPDX-License-Identifier: Apache-2.0
#include "event-log/userspace_log.hpp"

#include <fstream>

#include <boost/test/unit_test.hpp>

using namespace asterism;
using namespace asterism::event_log;

namespace {

const std::string digest_256(64, '1');
const std::string digest_384(96, '2');

std::string record(std::string_view body) {
  return std::format("\x1e{}\n", body);
}

std::string phase(std::string_view word) {
  return record(
      std::format(R"({{"pcr":11,"digests":[{{"hashAlg":"sha1","digest":"{}"}},{{"hashAlg":"sha256","digest":"{}"}},)"
                  R"({{"hashAlg":"sha384","digest":"{}"}}],"content_type":"systemd","content":{{"string":"{}",)"
                  R"("bootId":"0123456789abcdef0123456789abcdef","timestamp":1234567,"eventType":"phase"}}}})",
                  std::string(40, '0'), digest_256, digest_384, word));
}

}  // namespace

BOOST_AUTO_TEST_CASE(records_are_read) {
  const auto events = parse_userspace_log(phase("enter-initrd") + phase("leave-initrd")).value();
  BOOST_REQUIRE(events.size() == 2u);
  BOOST_TEST(events[0].pcr.value() == 11u);
  BOOST_TEST(events[0].text == "enter-initrd");
  BOOST_TEST(events[0].event_type == "phase");
  BOOST_TEST(events[0].boot_id == "0123456789abcdef0123456789abcdef");
  BOOST_TEST(events[0].timestamp_us.value() == 1234567u);
  BOOST_TEST(events[0].digests.size() == 2u);
  BOOST_TEST(events[0].digests.at(HashAlgorithm::sha384).hex() == digest_384);
  BOOST_TEST(events[1].offset == phase("enter-initrd").size());
  BOOST_TEST(parse_userspace_log("").value().empty());
}

BOOST_AUTO_TEST_CASE(nv_indices_and_missing_words_are_read) {
  const auto events =
      parse_userspace_log(
          record(std::format(R"({{"nv_index":30474713,"digests":[{{"hashAlg":"sha256","digest":"{}"}}],)"
                             R"("content_type":"systemd","content":{{"nvIndexName":"hardware"}}}})",
                             digest_256)))
          .value();
  BOOST_TEST(!events.at(0).pcr.has_value());
  BOOST_TEST(events.at(0).nv_index.value() == 30474713u);
  BOOST_TEST(!is_digest_of_text(events.at(0)));
}

BOOST_AUTO_TEST_CASE(keyed_digests_are_not_compared_with_text) {
  UserspaceEvent event;
  event.text = "cryptsetup:root:uuid";
  event.event_type = "volume-key";
  BOOST_TEST(!is_digest_of_text(event));
  event.event_type = "phase";
  BOOST_TEST(is_digest_of_text(event));
}

BOOST_AUTO_TEST_CASE(hostile_records_are_refused) {
  std::ifstream table{ASTERISM_SOURCE_DIR "/tests/unit/event-log/userspace_hostile.tsv"};
  BOOST_REQUIRE(table.good());
  std::size_t rows = 0;
  for (std::string line; std::getline(table, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    const auto first = line.find('\t');
    const auto second = line.find('\t', first + 1);
    std::string text = line.substr(second + 1);
    for (const auto& [from, to] : {std::pair<std::string_view, std::string>{"<RS>", "\x1e"},
                                   {"<LF>", "\n"},
                                   {"<256>", digest_256},
                                   {"<384>", digest_384}}) {
      for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    }
    const auto events = parse_userspace_log(text);
    BOOST_REQUIRE_MESSAGE(!events, line);
    BOOST_TEST(to_string(events.error().code()) == line.substr(0, first), line);
    BOOST_TEST(events.error().message().contains(line.substr(first + 1, second - first - 1)), events.error().message());
    ++rows;
  }
  BOOST_TEST(rows >= 20u);
}

BOOST_AUTO_TEST_CASE(limits_hold) {
  BOOST_TEST((parse_userspace_log(std::string(5U << 20, '\x1e')).error().code() == Errc::unsupported));
  std::string many;
  const std::string one = record(std::format(
      R"({{"pcr":1,"digests":[{{"hashAlg":"sha256","digest":"{}"}}],"content_type":"systemd","content":{{}}}})",
      digest_256));
  while (many.size() < (3U << 20))
    many += one;
  BOOST_TEST((parse_userspace_log(many).error().code() == Errc::unsupported));
}
