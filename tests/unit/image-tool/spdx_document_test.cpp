// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/spdx_document.hpp"

#include <boost/test/unit_test.hpp>

#include "common/json.hpp"

using namespace asterism;
using namespace asterism::image_tool;

namespace {

SpdxPackage package(const std::string& name) {
  return {
      .id = "SPDXRef-" + name, .name = name, .version = "1", .sha256 = std::string(64, 'a'), .purl = "pkg:generic/x"};
}

std::string text_of(const SpdxDocument& document, std::uint64_t created = 0) {
  return document.to_text("name", created, "image-tool-1").value();
}

std::string name_space(const std::string& text) {
  const auto json = parse_json(text).value();
  return *json.get_if<Json::Object>()->at("documentNamespace").get_if<std::string>();
}

}  // namespace

BOOST_AUTO_TEST_CASE(order_of_adding_does_not_show) {
  SpdxDocument one;
  SpdxDocument two;
  BOOST_REQUIRE((one.add_package(package("a")) && one.add_package(package("b"))));
  BOOST_REQUIRE((two.add_package(package("b")) && two.add_package(package("a"))));
  one.relate("SPDXRef-a", "CONTAINS", "SPDXRef-b");
  one.relate("SPDXRef-b", "CONTAINS", "SPDXRef-a");
  two.relate("SPDXRef-b", "CONTAINS", "SPDXRef-a");
  two.relate("SPDXRef-a", "CONTAINS", "SPDXRef-b");
  two.relate("SPDXRef-a", "CONTAINS", "SPDXRef-b");
  one.add_licence("LicenseRef-x", "x", "text");
  one.add_licence("LicenseRef-y", "y", "text");
  two.add_licence("LicenseRef-y", "y", "text");
  two.add_licence("LicenseRef-x", "x", "text");
  two.add_licence("LicenseRef-x", "x", "text");
  BOOST_TEST(text_of(one) == text_of(two));
}

BOOST_AUTO_TEST_CASE(name_space_follows_the_content) {
  SpdxDocument one;
  BOOST_REQUIRE(one.add_package(package("a")));
  const std::string before = name_space(text_of(one));
  BOOST_TEST(before == name_space(text_of(one)));
  BOOST_TEST(before != name_space(text_of(one, 1)));
  BOOST_REQUIRE(one.add_package(package("b")));
  BOOST_TEST(before != name_space(text_of(one)));
}

BOOST_AUTO_TEST_CASE(times) {
  const SpdxDocument empty;
  BOOST_TEST(text_of(empty).contains("\"1970-01-01T00:00:00Z\""));
  BOOST_TEST(text_of(empty, 1'700'000'000).contains("\"2023-11-14T22:13:20Z\""));
  BOOST_TEST(text_of(empty, 253'402'300'799).contains("\"9999-12-31T23:59:59Z\""));
  BOOST_TEST((empty.to_text("n", 253'402'300'800, "c").error().code() == Errc::usage));
  BOOST_TEST((empty.to_text("n", ~std::uint64_t{0}, "c").error().code() == Errc::usage));
}

BOOST_AUTO_TEST_CASE(contradictions_are_refused) {
  SpdxDocument document;
  BOOST_REQUIRE(document.add_package(package("a")));
  BOOST_TEST((document.add_package(package("a")).error().code() == Errc::conflict));
  document.relate("SPDXRef-a", "CONTAINS", "SPDXRef-absent");
  BOOST_TEST((document.to_text("n", 0, "c").error().code() == Errc::internal));
}

BOOST_AUTO_TEST_CASE(encodings) {
  BOOST_TEST(spdx_id_part("libstdc++6_1:2~x") == "libstdc--6-1-2-x");
  BOOST_TEST(purl_part("1:2.41-5+b1~rc1") == "1%3A2.41-5%2Bb1~rc1");
  BOOST_TEST(purl_part("\xc3\xa9/@") == "%C3%A9%2F%40");
}
