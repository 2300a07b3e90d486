// SPDX-License-Identifier: Apache-2.0
#include "efi/variable_store.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "efi/utf16.hpp"
#include "support/hostile_table.hpp"

using namespace asterism;

namespace {

void add_variable(std::vector<std::byte>& out, std::u16string_view name, std::string_view data, std::uint8_t state) {
  append_le(out, 0x55aa, 2);
  append_le(out, state, 1);
  append_le(out, 0, 1);
  append_le(out, 7, 4);
  out.resize(out.size() + 8 + 16 + 4);
  const auto wide = efi::utf16_bytes(name, /* with_nul= */ true);
  append_le(out, wide.size(), 4);
  append_le(out, data.size(), 4);
  append(out, Guid{"d719b2cb-3d3a-4596-a3bc-dad00e67656f"}.bytes);
  append(out, wide);
  append(out, as_bytes(data));
  while (out.size() % 4 != 0)
    out.push_back(std::byte{0xff});
}

std::vector<std::byte> store_with(const std::vector<std::byte>& variables) {
  std::vector<std::byte> out(16);
  append(out, Guid{"fff12b8d-7696-4c8b-a985-2747075b4f50"}.bytes);
  append_le(out, 0x1000, 8);
  append_le(out, 0x4856465f, 4);
  append_le(out, 0, 4);
  append_le(out, 0x48, 2);
  out.resize(0x48);
  append(out, Guid{"aaf32c78-947b-439a-a180-2e144ec37792"}.bytes);
  append_le(out, 0x1000 - 0x48, 4);
  append_le(out, 0xfe5a, 2);
  out.resize(0x48 + 28);
  append(out, variables);
  out.resize(0x1000, std::byte{0xff});
  return out;
}

std::vector<std::byte> two_variables() {
  std::vector<std::byte> variables;
  add_variable(variables, u"db", "data", 0x3f);
  add_variable(variables, u"dx", "more", 0x3f);
  return store_with(variables);
}

}  // namespace

BOOST_AUTO_TEST_CASE(reads_live_variables) {
  const auto file = two_variables();
  const auto variables = efi::read_variable_store(ByteView{file}).value();
  BOOST_REQUIRE(variables.size() == 2u);
  BOOST_TEST(variables[0].name == "db");
  BOOST_TEST(as_text(variables[0].data) == "data");
  BOOST_TEST(variables[0].attributes == 7u);
  BOOST_TEST(as_text(variables[1].data) == "more");
}

BOOST_AUTO_TEST_CASE(deleted_variables_do_not_count) {
  std::vector<std::byte> bytes;
  add_variable(bytes, u"db", "deleted", 0x3d);
  add_variable(bytes, u"db", "half written", 0x7f);
  add_variable(bytes, u"db", "live", 0x3f);
  const auto file = store_with(bytes);
  const auto variables = efi::read_variable_store(ByteView{file}).value();
  BOOST_REQUIRE(variables.size() == 1u);
  BOOST_TEST(as_text(variables[0].data) == "live");
}

BOOST_AUTO_TEST_CASE(a_variable_in_transition_counts_until_its_successor_is_complete) {
  std::vector<std::byte> bytes;
  add_variable(bytes, u"db", "old", 0x3e);
  const auto alone = store_with(bytes);
  BOOST_TEST(as_text(efi::read_variable_store(ByteView{alone}).value().at(0).data) == "old");
  add_variable(bytes, u"db", "new", 0x3f);
  const auto both = store_with(bytes);
  const auto variables = efi::read_variable_store(ByteView{both}).value();
  BOOST_REQUIRE(variables.size() == 1u);
  BOOST_TEST(as_text(variables[0].data) == "new");
}

BOOST_DATA_TEST_CASE(hostile, testing::hostile_table("efi/variable_store_hostile.txt"), row) {
  const auto file = row.apply(two_variables());
  const auto variables = efi::read_variable_store(ByteView{file});
  BOOST_REQUIRE_MESSAGE(!variables, "accepted");
  BOOST_TEST(to_string(variables.error().code()) == row.code, variables.error().message());
  BOOST_TEST(variables.error().message().contains(row.message), variables.error().message());
}
