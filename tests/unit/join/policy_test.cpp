// SPDX-License-Identifier: Apache-2.0
// Who may have which name, how often somebody may ask, and what is counted.
#include <boost/test/unit_test.hpp>

#include "common/fs.hpp"
#include "join/audit.hpp"
#include "join/metrics.hpp"
#include "join/name_policy.hpp"
#include "join/rate_limit.hpp"

using namespace asterism;
using namespace asterism::join;

namespace {

const std::vector<NameRule> rules{{.pattern = "db-1", .identities = {"tpm:aa", "snp:bb"}, .first_come = false},
                                  {.pattern = "db-*", .identities = {"tpm:cc"}, .first_come = false},
                                  {.pattern = "worker-*", .identities = {}, .first_come = true}};

std::string owner(std::string_view name, const std::set<std::string>& identities, std::string_view before = "") {
  const auto result = allowed_owner(rules, name, identities, before);
  return result ? *result : "no: " + result.error().message();
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_first_rule_that_speaks_about_a_name_decides) {
  BOOST_TEST(owner("db-1", {"tpm:aa"}) == "tpm:aa");
  BOOST_TEST(owner("db-1", {"snp:bb", "tpm:zz"}) == "snp:bb");
  BOOST_TEST(owner("db-1", {"tpm:cc"}).starts_with("no: "));
  BOOST_TEST(owner("db-2", {"tpm:cc"}) == "tpm:cc");
  BOOST_TEST(owner("db-2", {"tpm:aa"}).starts_with("no: "));
  BOOST_TEST(owner("worker-1", {"tpm:zz"}) == "tpm:zz");
  BOOST_TEST(owner("worker-1", {"tpm:zz"}, "tpm:aa").contains("belongs to tpm:aa"));
  BOOST_TEST(owner("worker-1", {"tpm:aa", "tpm:zz"}, "tpm:aa") == "tpm:aa");
  BOOST_TEST(owner("worker-1", {}).contains("no identity"));
  BOOST_TEST(owner("other", {"tpm:aa"}).contains("no rule"));
}

BOOST_AUTO_TEST_CASE(attempts_come_back_with_time) {
  RateLimit limit{2, 60, 4};
  const RateLimit::Clock::time_point start{};
  BOOST_TEST(limit.take("a", start) == 0U);
  BOOST_TEST(limit.take("a", start) == 0U);
  BOOST_TEST(limit.take("a", start) == 1U);
  BOOST_TEST(limit.take("b", start) == 0U);
  BOOST_TEST(limit.take("a", start + std::chrono::seconds{1}) == 0U);
  BOOST_TEST(limit.take("a", start + std::chrono::seconds{1}) == 1U);
}

BOOST_AUTO_TEST_CASE(many_keys_cost_bounded_memory_and_share_what_is_left) {
  RateLimit limit{2, 60, 4};
  const RateLimit::Clock::time_point start{};
  for (int i = 0; i < 100; ++i)
    static_cast<void>(limit.take(std::to_string(i), start));
  BOOST_TEST(limit.size() <= 5U);
  BOOST_TEST(limit.take("newcomer", start) != 0U);
  BOOST_TEST(limit.take("newcomer", start + std::chrono::seconds{60}) == 0U);
}

BOOST_AUTO_TEST_CASE(figures_as_prometheus_reads_them) {
  Metrics metrics;
  metrics.count("joined");
  metrics.count("joined");
  metrics.count("evidence");
  metrics.observe(0.03);
  metrics.observe(7);
  const std::string text = metrics.to_text();
  for (const char* line :
       {"asterism_join_sessions_total{outcome=\"joined\"} 2\n",
        "asterism_join_sessions_total{outcome=\"evidence\"} 1\n", "asterism_join_seconds_bucket{le=\"0.025\"} 0\n",
        "asterism_join_seconds_bucket{le=\"0.05\"} 1\n", "asterism_join_seconds_bucket{le=\"20\"} 2\n",
        "asterism_join_seconds_bucket{le=\"+Inf\"} 2\n", "asterism_join_seconds_count 2\n"})
    BOOST_TEST(text.contains(line), line);
}

BOOST_AUTO_TEST_CASE(one_line_an_event_whatever_is_in_it) {
  {
    auto log = AuditLog::open("audit.jsonl").value();
    BOOST_REQUIRE(log.write({{"reason", "two\nlines, \"quoted\""}}, parse_timestamp("2026-11-25T14:00:00Z").value()));
    BOOST_REQUIRE(log.write({{"list", Json::Array{1, 2}}}, parse_timestamp("2026-11-25T14:00:01Z").value()));
  }
  const auto text = read_text_file("audit.jsonl", 4096).value();
  BOOST_TEST(std::ranges::count(text, '\n') >= 2);
  const std::string second = text.substr(text.rfind('\n', text.size() - 2) + 1);
  const auto json = parse_json(second.substr(0, second.size() - 1)).value();
  BOOST_TEST(json.get_if<Json::Object>()->at("time").get_if<std::string>()->starts_with("2026-11-25T14:00:01"));
  BOOST_TEST((AuditLog::open("no/such/folder").error().code() == Errc::not_found));
}
