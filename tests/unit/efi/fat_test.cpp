// SPDX-License-Identifier: Apache-2.0
#include "efi/fat.hpp"

#include <filesystem>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "common/fs.hpp"
#include "support/fat_builder.hpp"
#include "support/hostile_table.hpp"

using namespace asterism;
using testing::FatBuilder;

namespace {

FatBuilder one_file() {
  FatBuilder fat;
  fat.root(FatBuilder::entry("FILE    BIN", 0x20, 2, 600));
  fat.store({2, 3}, std::string(512, 'a') + std::string(88, 'b'));
  return fat;
}

std::string content(const FatBuilder& fat, std::string_view path) {
  const auto volume = efi::FatVolume::open(ByteView{fat.volume()}).value();
  return std::string{as_text(volume.read(path).value().view().bytes())};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_file_in_one_piece_is_not_copied) {
  const FatBuilder fat = one_file();
  const auto volume = efi::FatVolume::open(ByteView{fat.volume(), 0x100000}).value();
  const auto file = volume.read("file.bin").value();
  BOOST_TEST(as_text(file.view().bytes()) == std::string(512, 'a') + std::string(88, 'b'));
  BOOST_TEST(file.view().bytes().data() == fat.volume().data() + FatBuilder::data_offset);
  BOOST_TEST(file.view().origin() == 0u);
}

BOOST_AUTO_TEST_CASE(a_fragmented_file_is_put_together_and_survives_a_move) {
  FatBuilder fat;
  fat.root(FatBuilder::entry("FILE    BIN", 0x20, 9, 1100));
  const std::string text = std::string(512, 'x') + std::string(512, 'y') + std::string(76, 'z');
  fat.store({9, 4, 7}, text);
  const auto volume = efi::FatVolume::open(ByteView{fat.volume()}).value();
  auto file = volume.read("/FILE.BIN").value();
  const efi::FatFile moved = std::move(file);
  BOOST_TEST(as_text(moved.view().bytes()) == text);
}

BOOST_AUTO_TEST_CASE(long_names_and_folders) {
  FatBuilder fat;
  fat.root(FatBuilder::entry("EFI        ", 0x10, 5, 0));
  const std::u16string name = u"asterism_1.0+3-0.efi";
  fat.store({5}, FatBuilder::entry(".          ", 0x10, 5, 0) + FatBuilder::entry("..         ", 0x10, 0, 0) +
                     FatBuilder::long_name(name, "ASTERI~1EFI") + FatBuilder::entry("ASTERI~1EFI", 0x20, 6, 5));
  fat.store({6}, "hello");
  BOOST_TEST(content(fat, "efi/Asterism_1.0+3-0.EFI") == "hello");
  const auto volume = efi::FatVolume::open(ByteView{fat.volume()}).value();
  const auto entries = volume.list("EFI").value();
  BOOST_REQUIRE(entries.size() == 1u);
  BOOST_TEST(entries[0].name == "asterism_1.0+3-0.efi");
}

BOOST_AUTO_TEST_CASE(a_long_name_of_another_entry_is_dropped) {
  FatBuilder fat;
  fat.root(FatBuilder::long_name(u"innocent.efi", "OTHER   EFI") + FatBuilder::entry("EVIL    EFI", 0x20, 2, 1));
  fat.store({2}, "x");
  const auto volume = efi::FatVolume::open(ByteView{fat.volume()}).value();
  BOOST_TEST(volume.list("").value().at(0).name == "EVIL.EFI");
}

BOOST_AUTO_TEST_CASE(deleted_entries_and_labels_are_not_listed) {
  FatBuilder fat;
  fat.root(FatBuilder::entry("\xe5ONE    BIN", 0x20, 2, 1) + FatBuilder::entry("VOLUME     ", 0x08, 0, 0) +
           FatBuilder::entry("EMPTY      ", 0x20, 0, 0));
  const auto volume = efi::FatVolume::open(ByteView{fat.volume()}).value();
  BOOST_TEST(volume.list("").value().size() == 1u);
  BOOST_TEST(content(fat, "empty").empty());
}

BOOST_AUTO_TEST_CASE(short_names_in_lower_case) {
  FatBuilder fat;
  std::string slot = FatBuilder::entry("LOADER  CON", 0x20, 0, 0);
  slot[12] = 0x18;
  fat.root(slot);
  const auto volume = efi::FatVolume::open(ByteView{fat.volume()}).value();
  BOOST_TEST(volume.list("").value().at(0).name == "loader.con");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_not_found) {
  const FatBuilder fat = one_file();
  const auto volume = efi::FatVolume::open(ByteView{fat.volume()}).value();
  for (const auto* path : {"other", "file.bin/x", "file.bin.x"}) {
    BOOST_TEST((volume.read(path).error().code() == Errc::not_found), path);
  }
  BOOST_TEST((volume.read("").error().code() == Errc::unsupported));
  BOOST_TEST((volume.list("file.bin").error().code() == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_file_over_the_caller_s_limit_is_refused) {
  const FatBuilder fat = one_file();
  const auto volume = efi::FatVolume::open(ByteView{fat.volume()}).value();
  BOOST_TEST(volume.read("file.bin", 600).has_value());
  BOOST_TEST((volume.read("file.bin", 599).error().code() == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(what_was_read_from_a_device_stays_as_it_was) {
  FatBuilder fat = one_file();
  BOOST_REQUIRE(write_file_atomically("fat.device", fat.volume()));
  auto source = efi::fat_on_device("fat.device").value();
  const auto volume = efi::FatVolume::open(source).value();
  const auto file = volume.read("file.bin").value();
  std::filesystem::resize_file("fat.device", FatBuilder::data_offset);
  BOOST_TEST(as_text(file.view().bytes()) == std::string(512, 'a') + std::string(88, 'b'));
  BOOST_TEST((volume.read("file.bin").error().code() == Errc::io));
  BOOST_TEST((efi::fat_on_device("fat.missing").error().code() == Errc::not_found));
}

BOOST_DATA_TEST_CASE(hostile, testing::hostile_table("efi/fat_hostile.txt"), row) {
  const auto bytes = row.apply(one_file().volume());
  BOOST_REQUIRE(write_file_atomically("fat.hostile", bytes));
  for (const auto& source : {efi::fat_in_memory(ByteView{bytes}), efi::fat_on_device("fat.hostile").value()}) {
    const auto outcome = [&]() -> Result<> {
      ASTERISM_TRY(const auto volume, efi::FatVolume::open(source));
      ASTERISM_CHECK(volume.read("FILE.BIN"));
      return {};
    }();
    BOOST_REQUIRE_MESSAGE(!outcome, "accepted");
    BOOST_TEST(to_string(outcome.error().code()) == row.code, outcome.error().message());
    BOOST_TEST(outcome.error().message().contains(row.message), outcome.error().message());
  }
}
