// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/launch_data.hpp"

#include <set>

#include <boost/test/unit_test.hpp>

#include "measured-boot/data_files.hpp"
#include "measured-boot/launch/vcpu_plan.hpp"

using namespace asterism;
using namespace asterism::measured_boot;

BOOST_AUTO_TEST_CASE(signatures_of_cpu_types) {
  const std::pair<std::string_view, std::uint32_t> rows[] = {
      {"EPYC", 0x800f12},          {"EPYC-v1", 0x800f12},    {"EPYC-IBPB", 0x800f12},
      {"EPYC-v4", 0x800f12},       {"EPYC-Rome", 0x830f10},  {"EPYC-Milan", 0xa00f11},
      {"EPYC-Milan-v2", 0xa00f11}, {"EPYC-Genoa", 0xa10f10}, {"EPYC-Turin", 0xb00f00},
  };
  for (const auto& [name, signature] : rows)
    BOOST_TEST(find_cpu_type(name).value() == signature, name);
  BOOST_TEST((find_cpu_type("EPYC-v99").error().code() == Errc::not_found));
  BOOST_TEST((find_cpu_type("").error().code() == Errc::not_found));
  std::set<std::string> names;
  const auto types = cpu_types().value();
  for (const CpuType& type : types)
    BOOST_TEST(names.insert(type.name).second, type.name);
}

BOOST_AUTO_TEST_CASE(signature_from_its_parts) {
  BOOST_TEST(cpu_signature(23, 1, 2).value() == 0x800f12u);
  BOOST_TEST(cpu_signature(6, 0x2f, 3).value() == 0x206f3u);
  BOOST_TEST(cpu_signature(0, 0, 0).value() == 0u);
  BOOST_TEST(cpu_signature(270, 255, 15).value() == 0x0fff0fffu);
  BOOST_TEST((cpu_signature(271, 0, 0).error().code() == Errc::usage));
  BOOST_TEST((cpu_signature(0, 256, 0).error().code() == Errc::usage));
  BOOST_TEST((cpu_signature(0, 0, 16).error().code() == Errc::usage));
}

BOOST_AUTO_TEST_CASE(every_alternative_has_a_reason_and_a_source) {
  const auto models = vmm_models().value();
  for (const VmmModel& vmm : models) {
    BOOST_TEST(!vmm.revisions.empty(), vmm.name);
    std::set<std::string> names;
    for (const VmsaRevision& revision : vmm.revisions) {
      BOOST_TEST(names.insert(revision.name).second, vmm.name);
      BOOST_TEST((!revision.reason.empty() && !revision.source.empty()), vmm.name);
    }
    BOOST_TEST(!vmm.guest_features.empty(), vmm.name);
    for (const FeatureChoice& choice : vmm.guest_features)
      BOOST_TEST((!choice.reason.empty() && !choice.source.empty()), vmm.name);
  }
  BOOST_TEST((find_vmm("vmware").error().code() == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(numbers) {
  BOOST_TEST(parse_number("0x21").value() == 0x21u);
  BOOST_TEST(parse_number("21").value() == 21u);
  BOOST_TEST(parse_number("0xffffffffffffffff").value() == ~std::uint64_t{0});
  for (const std::string_view text : {"", "0x", "x", "1 ", "-1", "0x1g", "18446744073709551616"})
    BOOST_TEST((parse_number(text).error().code() == Errc::corrupt), text);
}

BOOST_AUTO_TEST_CASE(ranges_of_processors) {
  BOOST_TEST(parse_vcpu_range("4").value().first == 4u);
  BOOST_TEST(parse_vcpu_range("4").value().last == 4u);
  BOOST_TEST(parse_vcpu_range("1-64").value().last == 64u);
  BOOST_TEST(parse_vcpu_range("7-7").value().first == 7u);
  for (const std::string_view text : {"", "0", "0-4", "4-1", "1-", "-4", "a", "1-4097", "1-2-3"})
    BOOST_TEST((parse_vcpu_range(text).error().code() == Errc::usage), text);
}

BOOST_AUTO_TEST_CASE(a_data_file_that_is_not_there) {
  BOOST_TEST((data_file("launch/none.json").error().code() == Errc::not_found));
  BOOST_TEST(data_file("launch/vmms.json").value().starts_with("{"));
}
