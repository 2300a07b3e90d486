// SPDX-License-Identifier: Apache-2.0
// Which cloud a machine is in, what it is asked, and what comes of its answers.
#include "join/user_data.hpp"

#include <filesystem>
#include <fstream>
#include <map>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <httplib.h>

#include "common/bytes.hpp"
#include "join/document.hpp"
#include "join/http_answer.hpp"
#include "join/platform.hpp"
#include "metadata_server.hpp"
#include "support/table.hpp"

using namespace asterism;
using namespace asterism::join;
using asterism::testing::MetadataServer;
using asterism::testing::unescaped;
namespace bdata = boost::unit_test::data;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t limit = 64;

struct Row {
  std::vector<std::string> cells;
  friend std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.cells[0]; }
};

std::vector<Row> rows(const std::string& name) {
  std::vector<Row> out;
  for (auto& cells : asterism::testing::table_rows(name, 5))
    out.push_back({std::move(cells)});
  return out;
}

/// Long limits, so that a busy machine changes no outcome, unless it is the limit that counts.
UserDataAccess access_to(const Endpoint& service, std::vector<std::string>& told, std::chrono::milliseconds each = 5s,
                         std::chrono::milliseconds all = 20s) {
  return {.service = service,
          .connect = each,
          .each = each,
          .all = all,
          .first_pause = 5ms,
          .pause_max = 20ms,
          .tell = [&told](const std::string& line) { told.push_back(line); }};
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream words{text};
  for (std::string word; std::getline(words, word, ';');)
    parts.push_back(asterism::testing::trimmed(word));
  return parts;
}

/// What each platform's own service insists on.
struct Asked {
  Platform platform;
  const char* path;
  const char* host;
  const char* field;
  const char* value;
};
constexpr Asked asked_of[] = {
    {Platform::aws, "/latest/user-data", "169.254.169.254", "X-aws-ec2-metadata-token", "a-token"},
    {Platform::azure, "/metadata/instance/compute/userData?api-version=2021-01-01&format=text", "169.254.169.254",
     "Metadata", "true"},
    {Platform::gcp, "/computeMetadata/v1/instance/attributes/asterism-node", "metadata.google.internal",
     "Metadata-Flavor", "Google"},
    {Platform::openstack, "/openstack/latest/user_data", "169.254.169.254", "Connection", "close"},
};
std::ostream& operator<<(std::ostream& out, const Asked& asked) {
  return out << to_string(asked.platform);
}

}  // namespace

BOOST_DATA_TEST_CASE(answers_are_read_as_far_as_they_go, bdata::make(rows("join/http_answers.txt")), row) {
  const auto& cells = row.cells;
  const auto answer = parse_http_answer(unescaped(cells[1]), cells[2] == "yes", limit);
  const std::string& outcome = cells[3];
  if (!answer) {
    BOOST_TEST(to_string(answer.error().code()) == outcome, answer.error().message());
    BOOST_TEST(answer.error().message().contains(cells[4]), answer.error().message());
  } else if (!*answer) {
    BOOST_TEST(outcome == "more");
  } else {
    BOOST_TEST(std::to_string((*answer)->status) == outcome);
    BOOST_TEST((*answer)->body.starts_with(cells[4]), (*answer)->body);
    BOOST_TEST((*answer)->body.empty() == cells[4].empty());
  }
}

BOOST_DATA_TEST_CASE(every_answer_has_its_outcome, bdata::make(rows("join/user_data_answers.txt")), row) {
  const auto& cells = row.cells;
  const auto answers = split(cells[2]);
  const MetadataServer server{answers};
  std::vector<std::string> told;
  const std::string& outcome = cells[3];
  const bool silent = cells[2].contains("HANG") || cells[2].contains("OPEN");
  const auto found =
      ask_for_document(parse_platform(cells[1]).value(),
                       access_to(server.endpoint(), told, silent ? 80ms : 5s, outcome == "unavailable" ? 100ms : 20s));
  const std::string part = unescaped(cells[4]);
  if (!found) {
    BOOST_TEST(to_string(found.error().code()) == outcome, found.error().message());
    BOOST_TEST(found.error().message().contains(part), found.error().message());
    BOOST_TEST(found.error().message().starts_with("user data of " + cells[1]), found.error().message());
  } else if (!*found) {
    BOOST_TEST(outcome == "none");
    BOOST_TEST((part.empty() ? told.empty() : told.back().contains(part)));
  } else {
    BOOST_TEST(outcome == "document");
    BOOST_TEST(as_text(**found) == part);
  }
  if (outcome == "unavailable") {
    BOOST_TEST(server.asked() >= 1U);
  } else if (!silent) {
    BOOST_TEST(server.asked() == answers.size());
  }
}

BOOST_DATA_TEST_CASE(a_real_server_is_asked_as_its_documentation_says, bdata::make(asked_of), wanted) {
  httplib::Server server;
  std::string problem;
  server.Put("/latest/api/token", [&](const httplib::Request& request, httplib::Response& response) {
    if (wanted.platform != Platform::aws) problem = "only AWS has tokens";
    if (request.get_header_value("X-aws-ec2-metadata-token-ttl-seconds").empty()) response.status = 400;
    response.set_content("a-token", "text/plain");
  });
  server.Get(".*", [&](const httplib::Request& request, httplib::Response& response) {
    if (request.target != wanted.path) problem = "path " + request.target;
    if (request.get_header_value("Host") != wanted.host) problem = "host " + request.get_header_value("Host");
    if (request.get_header_value(wanted.field) != wanted.value) problem = wanted.field;
    if (request.has_header("X-Forwarded-For")) problem = "GCP and Azure refuse what was forwarded";
    response.set_content(wanted.platform == Platform::azure ? "eyJzY2hlbWEiOjF9" : R"({"schema":1})", "text/plain");
  });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::jthread thread{[&] { server.listen_after_bind(); }};
  server.wait_until_ready();
  std::vector<std::string> told;
  const auto found = ask_for_document(wanted.platform, access_to({"127.0.0.1", std::to_string(port)}, told));
  server.stop();
  BOOST_TEST(problem.empty(), problem);
  BOOST_REQUIRE(found);
  BOOST_REQUIRE(*found);
  BOOST_TEST(as_text(**found) == R"({"schema":1})");
  BOOST_TEST(told.empty());
}

BOOST_AUTO_TEST_CASE(nobody_there_is_an_error_after_all_tries) {
  Endpoint gone;
  {
    const MetadataServer server{{"CLOSE"}};
    gone = server.endpoint();
  }
  std::vector<std::string> told;
  const auto found = ask_for_document(Platform::gcp, access_to(gone, told, 5s, 500ms));
  BOOST_REQUIRE(!found);
  BOOST_TEST((found.error().code() == Errc::unavailable));
  BOOST_TEST(found.error().message().contains("connecting"), found.error().message());
  BOOST_TEST(!told.empty());
}

BOOST_AUTO_TEST_CASE(smbios_names_the_platform) {
  const auto dmi = std::filesystem::absolute("dmi");
  const std::map<std::string, std::map<std::string, std::string>> machines{
      {"aws", {{"sys_vendor", "Amazon EC2\n"}, {"product_name", "m7i.large\n"}}},
      {"azure",
       {{"sys_vendor", "Microsoft Corporation\n"},
        {"product_name", "Virtual Machine\n"},
        {"chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77\n"}}},
      {"gcp", {{"sys_vendor", "Google\n"}, {"product_name", "Google Compute Engine\n"}}},
      {"openstack", {{"sys_vendor", "OpenStack Foundation\n"}, {"product_name", "OpenStack Nova\n"}}},
      {"", {{"sys_vendor", "QEMU\n"}, {"product_name", "Standard PC (Q35 + ICH9, 2009)\n"}}},
  };
  for (const auto& [name, files] : machines) {
    std::filesystem::remove_all(dmi);
    std::filesystem::create_directories(dmi);
    for (const auto& [file, text] : files)
      std::ofstream{dmi / file} << text;
    const auto platform = platform_of(dmi.string());
    BOOST_TEST((platform ? to_string(*platform) : "") == name);
    if (platform) BOOST_TEST((parse_platform(name).value() == *platform));
  }
  // Hyper-V elsewhere, a part of a name, and no strings at all.
  std::filesystem::remove_all(dmi);
  std::filesystem::create_directories(dmi);
  std::ofstream{dmi / "sys_vendor"} << "Microsoft Corporation\n";
  BOOST_TEST(!platform_of(dmi.string()));
  std::ofstream{dmi / "sys_vendor"} << "Amazon EC2 of mine\n";
  BOOST_TEST(!platform_of(dmi.string()));
  BOOST_TEST(!platform_of((dmi / "nowhere").string()));
  BOOST_TEST((parse_platform("ibm").error().code() == Errc::corrupt));
}

BOOST_AUTO_TEST_CASE(an_item_of_fw_cfg_is_copied_whatever_is_in_it) {
  const std::string path = std::filesystem::absolute("raw").string();
  std::filesystem::remove_all(path);
  BOOST_TEST(!read_fw_cfg_document(path).value());
  std::ofstream{path} << "not JSON";
  BOOST_TEST(as_text(read_fw_cfg_document(path).value().value()) == "not JSON");
  std::ofstream{path} << "";
  BOOST_TEST(read_fw_cfg_document(path).value().value().empty());
  std::ofstream{path} << std::string(document_bytes_max + 1, ' ');
  BOOST_TEST((read_fw_cfg_document(path).error().code() == Errc::corrupt));
  std::filesystem::remove(path);
  std::filesystem::create_directories(path);
  BOOST_TEST((read_fw_cfg_document(path).error().code() == Errc::io));
  std::filesystem::remove(path);
}
