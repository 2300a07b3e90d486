// SPDX-License-Identifier: Apache-2.0
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "judge_world.hpp"
#include "mutations.hpp"

using namespace asterism;
using namespace asterism::attestation;
using testing::Buffer;

namespace {

const testing::TpmWorld& world() {
  static const testing::TpmWorld made;
  return made;
}

Buffer nv_content(std::string_view runtime_data, std::uint32_t kind = 2) {
  return testing::paravisor_nv(testing::SnpWorld::report(), runtime_data, kind);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_parts_are_found) {
  const Buffer nv = nv_content(world().runtime_data());
  const auto parts = parse_paravisor_report(nv).value();
  BOOST_TEST((parts.kind == ParavisorReportKind::snp));
  BOOST_TEST(to_hex(parts.hardware_report) == to_hex(testing::SnpWorld::report()));
  BOOST_TEST(as_text(parts.runtime_data) == world().runtime_data());
  const auto data = parse_paravisor_runtime_data(parts.runtime_data).value();
  BOOST_TEST(data.ak.same_as(testing::public_half(world().ak)));
  BOOST_TEST(data.user_data.size() == 64u);
  const Buffer td = nv_content("{}", 4);
  BOOST_TEST(parse_paravisor_report(td).value().hardware_report.size() == 1024u);
}

BOOST_DATA_TEST_CASE(hostile_reports, testing::mutation_table("paravisor_hostile.txt"), row) {
  if (row.what == "nv") {
    testing::check_refusal(parse_paravisor_report(row.patch(nv_content("{}"))), row);
  } else {
    std::string json = world().runtime_data();
    const auto [from, to] = row.word();
    const auto at = json.find(from);
    BOOST_REQUIRE(at != std::string::npos);
    json.replace(at, from.size(), to);
    testing::check_refusal(parse_paravisor_runtime_data(as_bytes(json)), row);
  }
}

BOOST_AUTO_TEST_CASE(only_the_named_runtime_data_is_trusted) {
  static const testing::SnpWorld hardware;
  const std::string data = world().runtime_data();
  const auto report = testing::report_for(hardware, as_bytes(data));
  BOOST_TEST(ParavisorAk::trust(report, as_bytes(data)).has_value());
  std::string other = data;
  other.replace(other.find("true"), 4, "null");
  const auto outcome = ParavisorAk::trust(report, as_bytes(other));
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((outcome.error().code() == Errc::unverified));
  BOOST_TEST(outcome.error().message().contains("report_data"));
}

BOOST_AUTO_TEST_CASE(a_report_of_the_guest_is_not_the_paravisors) {
  static const testing::SnpWorld hardware;
  const std::string data = world().runtime_data();
  const auto outcome = ParavisorAk::trust(testing::report_for(hardware, as_bytes(data), 2), as_bytes(data));
  BOOST_REQUIRE(!outcome);
  BOOST_TEST(outcome.error().message().contains("vmpl"));
}
