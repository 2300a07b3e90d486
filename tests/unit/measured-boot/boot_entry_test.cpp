// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/boot_entry.hpp"

#include <boost/test/unit_test.hpp>

using namespace asterism;
using namespace asterism::measured_boot;

namespace {

BootEntry entry(std::string_view file, std::string_view version = "1", std::string_view id = "asterism") {
  return make_boot_entry(file, std::format("ID={}\nVERSION_ID={}\n", id, version)).value();
}

std::string chosen(std::vector<BootEntry> entries, std::string_view pattern = "") {
  return choose_boot_entry(std::move(entries), pattern).value().file_name;
}

}  // namespace

BOOST_AUTO_TEST_CASE(boot_counters_are_read_from_the_name) {
  struct Row {
    std::string_view name, id;
    int left, done;
  };
  constexpr Row rows[] = {{"a+3.efi", "a.efi", 3, 0},
                          {"A+2-1.EFI", "a.efi", 2, 1},
                          {"a+0-3.efi", "a.efi", 0, 3},
                          {"a.efi", "a.efi", -1, 0},
                          {"a+b+3.efi", "a+b.efi", 3, 0},
                          {"a+.efi", "a+.efi", -1, 0},
                          {"a+3-.efi", "a+3-.efi", -1, 0},
                          {"a+3x.efi", "a+3x.efi", -1, 0},
                          {"a+3-1-1.efi", "a+3-1-1.efi", -1, 0},
                          {"a+9999999999.efi", "a+9999999999.efi", -1, 0}};
  for (const Row& row : rows) {
    const BootEntry found = entry(row.name);
    BOOST_TEST(found.id == row.id, row.name);
    BOOST_TEST((found.tries_left ? static_cast<int>(*found.tries_left) : -1) == row.left, row.name);
    BOOST_TEST(static_cast<int>(found.tries_done) == row.done, row.name);
  }
}

BOOST_AUTO_TEST_CASE(files_that_are_no_entries) {
  for (const auto* name : {".hidden.efi", "auto-x.efi", "AUTO-x.efi", "name.conf", "efi"}) {
    BOOST_TEST(!make_boot_entry(name, "ID=x\n").has_value(), name);
  }
  BOOST_TEST(!make_boot_entry("a.efi", "VERSION_ID=1\n").has_value());
  BOOST_TEST(!make_boot_entry("a.efi", "").has_value());
}

BOOST_AUTO_TEST_CASE(os_release_is_read_as_the_loader_reads_it) {
  const auto found = make_boot_entry("a.efi",
                                     "# c\n  ID = x\nID='quoted'\n\nIMAGE_ID=\"img\"\nVERSION=v\nVERSION_ID=2\n"
                                     "IMAGE_VERSION=3\njunk\n")
                         .value();
  BOOST_TEST(found.sort_key == "img");
  BOOST_TEST(found.version == "3");
}

BOOST_AUTO_TEST_CASE(the_newest_version_wins) {
  BOOST_TEST(chosen({entry("a_1.efi", "1.9"), entry("a_2.efi", "1.10"), entry("a_3.efi", "1.2")}) == "a_2.efi");
}

BOOST_AUTO_TEST_CASE(without_tries_left_an_entry_comes_last) {
  BOOST_TEST(chosen({entry("a_2+0-3.efi", "2"), entry("a_1.efi", "1")}) == "a_1.efi");
  BOOST_TEST(chosen({entry("a_2+1-2.efi", "2"), entry("a_1.efi", "1")}) == "a_2+1-2.efi");
}

BOOST_AUTO_TEST_CASE(more_tries_left_then_fewer_done) {
  BOOST_TEST(chosen({entry("a+1-2.efi"), entry("a+3.efi")}) == "a+3.efi");
  BOOST_TEST(chosen({entry("a+3-2.efi"), entry("a+3-1.efi")}) == "a+3-1.efi");
}

BOOST_AUTO_TEST_CASE(names_decide_between_equal_versions) {
  BOOST_TEST(chosen({entry("a_1.efi"), entry("a_2.efi")}) == "a_2.efi");
}

BOOST_AUTO_TEST_CASE(the_sort_key_comes_before_the_version) {
  BOOST_TEST(chosen({entry("z.efi", "9", "zz"), entry("a.efi", "1", "aa")}) == "a.efi");
}

BOOST_AUTO_TEST_CASE(loader_conf_names_a_default) {
  BOOST_TEST(chosen({entry("a_1+3.efi", "1"), entry("a_2+3.efi", "2")}, "A_1*") == "a_1+3.efi");
  BOOST_TEST(chosen({entry("a_1.efi", "1"), entry("a_2.efi", "2")}, "none*") == "a_2.efi");
  BOOST_TEST(chosen({entry("a_1.efi", "1"), entry("a_2.efi", "2")}, "@saved") == "a_2.efi");
}

BOOST_AUTO_TEST_CASE(a_tie_is_not_guessed) {
  const auto tie = choose_boot_entry({entry("a.efi"), entry("A.efi")}, "");
  BOOST_REQUIRE(!tie);
  BOOST_TEST((tie.error().code() == Errc::conflict));
  BOOST_TEST(tie.error().advice().contains("--uki"));
  BOOST_TEST((choose_boot_entry({}, "").error().code() == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(loader_conf_values) {
  BOOST_TEST(loader_conf_value("timeout 3\n# default x\n default\ta_* \ndefault b\n", "default") == "b");
  BOOST_TEST(loader_conf_value("timeout 3", "default").empty());
}
