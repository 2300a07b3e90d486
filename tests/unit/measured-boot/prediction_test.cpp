// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/prediction.hpp"

#include <boost/test/unit_test.hpp>

#include "efi/authenticode.hpp"
#include "measured-boot/report.hpp"
#include "support/esp_builder.hpp"
#include "support/pe_builder.hpp"

using namespace asterism;
using namespace asterism::measured_boot;
using testing::EspBuilder;
using testing::PeBuilder;

namespace {

std::vector<std::byte> loader() {
  return PeBuilder{}.section(".sdmagic", "#### LoaderInfo: systemd-boot 257 ####").build();
}

PeBuilder uki_builder(const std::string& id = "1", const std::string& version = "257") {
  const auto kernel = PeBuilder{}.section(".text", "kernel").build();
  return PeBuilder{}
      .stub(version)
      .section(".linux", std::string{as_text(kernel)})
      .section(".cmdline", " quiet\tro \n")
      .section(".osrel", "ID=asterism\nVERSION_ID=" + id + "\n")
      .section(".initrd", "initrd!");
}

EspBuilder esp() {
  return EspBuilder{}
      .file("EFI/BOOT/BOOTX64.EFI", loader())
      .file("EFI/Linux/asterism_1+3.efi", uki_builder("1").build())
      .file("EFI/Linux/asterism_2+3.efi", uki_builder("2").build());
}

Errc refusal(const std::vector<std::byte>& disk, const std::optional<std::string>& uki = std::nullopt) {
  const auto files = find_boot_files(ByteView{disk}, uki);
  BOOST_REQUIRE(!files);
  return files.error().code();
}

Measurements measure(const BootFiles& files, PredictOptions options = {}) {
  return predict(files, options).value();
}

BootFiles uki_alone(const std::vector<std::byte>& file) {
  return {.boot_loader = std::nullopt, .uki = {.path = "uki.efi", .content = efi::FatFile{ByteView{file}}}};
}

std::string pcr(const Prediction& prediction, PcrIndex index) {
  return replay(prediction.events, index, HashAlgorithm::sha256).value().hex();
}

const BankDigests& event_digests(const Prediction& prediction, std::string_view what) {
  const auto found = std::ranges::find(prediction.events, what, &Event::what);
  BOOST_REQUIRE(found != prediction.events.end());
  return found->digests;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_disk_boots_the_newest_uki) {
  const auto disk = esp().disk();
  const auto files = find_boot_files(ByteView{disk}, std::nullopt).value();
  BOOST_TEST(files.boot_loader->path == "EFI/BOOT/BOOTX64.EFI");
  BOOST_TEST(files.uki.path == "EFI/Linux/asterism_2+3.efi");
  const auto named = find_boot_files(ByteView{disk}, "asterism_1+3.efi").value();
  BOOST_TEST(named.uki.path == "EFI/Linux/asterism_1+3.efi");
  BOOST_TEST((refusal(disk, "other.efi") == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(loader_conf_is_followed) {
  const auto disk = esp().file("loader/loader.conf", "timeout 0\ndefault asterism_1*\n").disk();
  BOOST_TEST(find_boot_files(ByteView{disk}, std::nullopt).value().uki.path == "EFI/Linux/asterism_1+3.efi");
}

BOOST_AUTO_TEST_CASE(a_uki_in_the_loaders_place_is_booted_directly) {
  const auto disk = EspBuilder{}.file("EFI/BOOT/BOOTX64.EFI", uki_builder().build()).disk();
  const auto files = find_boot_files(ByteView{disk}, std::nullopt).value();
  BOOST_TEST(!files.boot_loader.has_value());
  BOOST_TEST((refusal(disk, "x.efi") == Errc::usage));
}

BOOST_AUTO_TEST_CASE(what_would_be_measured_besides_is_refused) {
  for (const auto* path :
       {"loader/addons/x.addon.efi", "loader/credentials/x.cred", "loader/extensions/x.sysext.raw",
        "EFI/systemd/drivers/foox64.efi", "loader/entries/old.conf", "EFI/Linux/asterism_2+3.efi.extra.d/x.cred",
        "EFI/Linux/asterism_2.efi.extra.d/x.addon.efi", "EFI/Linux/asterism_2.efi.extra.d/X.RAW"}) {
    const auto disk = esp().file(path, "x").disk();
    BOOST_TEST((refusal(disk) == Errc::unsupported), path);
  }
  const auto harmless = esp().file("loader/random-seed", "x").file("loader/addons/readme.txt", "x").disk();
  BOOST_TEST(find_boot_files(ByteView{harmless}, std::nullopt).has_value());
}

BOOST_AUTO_TEST_CASE(missing_files_are_not_found) {
  BOOST_TEST((refusal(EspBuilder{}.file("EFI/Linux/a.efi", "x").disk()) == Errc::not_found));
  BOOST_TEST((refusal(EspBuilder{}.file("EFI/BOOT/BOOTX64.EFI", loader()).disk()) == Errc::not_found));
  BOOST_TEST((refusal(std::vector<std::byte>(4096)) == Errc::corrupt));
}

BOOST_AUTO_TEST_CASE(disk_and_file_give_the_same_values) {
  const auto disk = esp().disk();
  const auto from_disk = measure(find_boot_files(ByteView{disk}, std::nullopt).value());
  const auto loader_file = loader();
  const auto uki_file = uki_builder("2").build();
  BootFiles files = uki_alone(uki_file);
  files.boot_loader = BootFile{.path = "boot.efi", .content = efi::FatFile{ByteView{loader_file}}};
  const auto from_files = measure(files);
  for (std::size_t i = 0; i < 2; ++i) {
    for (const PcrIndex index : from_disk.predictions[i].pcrs) {
      BOOST_TEST(pcr(from_disk.predictions[i], index) == pcr(from_files.predictions[i], index), index);
    }
  }
}

BOOST_AUTO_TEST_CASE(digests_are_of_the_right_bytes) {
  const auto file = uki_builder().build();
  const auto result = measure(uki_alone(file));
  const Prediction& off = result.predictions.at(1);
  BOOST_TEST(off.command_line == "quiet ro");
  BOOST_TEST((event_digests(off, "content of section .cmdline") == hash_banks(as_bytes(" quiet\tro \n")).value()));
  BOOST_TEST((event_digests(off, "content of section .initrd") == hash_banks(as_bytes("initrd!")).value()));
  const auto image = efi::PeImage::parse(ByteView{file}).value();
  BOOST_TEST(
      (event_digests(off, "image: UKI").sha384 == efi::authenticode_digest(image, HashAlgorithm::sha384).value()));
  const auto kernel = PeBuilder{}.section(".text", "kernel").build();
  const auto kernel_image = efi::PeImage::parse(ByteView{kernel}).value();
  BOOST_TEST((event_digests(off, "image: kernel inside the UKI").sha256 ==
              efi::authenticode_digest(kernel_image, HashAlgorithm::sha256).value()));
  std::vector<std::byte> options;
  for (const char c : std::string{"quiet ro\0", 9})
    append_le(options, static_cast<unsigned char>(c), 2);
  BOOST_TEST((event_digests(off, "kernel command line") == hash_banks(options).value()));
}

BOOST_AUTO_TEST_CASE(states_and_profiles_are_enumerated) {
  const auto file =
      uki_builder().section(".profile", "ID=a").section(".profile", "ID=b").section(".cmdline", "B").build();
  const auto result = measure(uki_alone(file), {.states = {SecureBoot::on, SecureBoot::off}, .profile = std::nullopt});
  BOOST_REQUIRE(result.predictions.size() == 4u);
  BOOST_TEST(result.predictions[1].profile == 1u);
  BOOST_TEST(result.predictions[1].command_line == "B");
  BOOST_TEST(pcr(result.predictions[0], 4) == pcr(result.predictions[1], 4));
  BOOST_TEST(pcr(result.predictions[0], 4) != pcr(result.predictions[2], 4));
  for (const PcrIndex index : {9u, 11u, 12u}) {
    BOOST_TEST(pcr(result.predictions[0], index) != pcr(result.predictions[1], index), index);
    BOOST_TEST(pcr(result.predictions[0], index) == pcr(result.predictions[2], index), index);
  }
  const auto missing = predict(uki_alone(file), {.profile = 2});
  BOOST_TEST((missing.error().code() == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_kernel_that_is_no_image_matters_only_where_it_is_loaded_as_one) {
  const auto old_stub = PeBuilder{}.stub("257").section(".linux", "no PE").build();
  BOOST_TEST((predict(uki_alone(old_stub), {}).error().code() == Errc::corrupt));
  const auto new_stub = PeBuilder{}.stub("258").section(".linux", "no PE").build();
  BOOST_TEST(predict(uki_alone(new_stub), {}).has_value());
}

BOOST_AUTO_TEST_CASE(a_new_stub_without_command_line_passes_the_profile_on) {
  const auto builder = PeBuilder{}.stub("258").section(".linux", "L").section(".profile", "a").section(".profile", "b");
  const auto file = builder.build();
  const auto loader_file = loader();
  BootFiles files = uki_alone(file);
  files.boot_loader = BootFile{.path = "boot.efi", .content = efi::FatFile{ByteView{loader_file}}};
  BOOST_TEST(measure(files, {.profile = 1}).predictions.at(0).command_line == "@1");
  BOOST_TEST(measure(files, {.profile = 0}).predictions.at(0).command_line.empty());
}

BOOST_AUTO_TEST_CASE(reports_hold_every_value) {
  const auto file = uki_builder().build();
  const auto result = measure(uki_alone(file), {.states = {SecureBoot::off}});
  const std::string table = report_table(result, true).value();
  const std::string json = report_json(result, true).value().to_text();
  const std::string lock = report_pcrlock(result.predictions.front()).to_text();
  for (const PcrIndex index : {4u, 9u, 11u, 15u}) {
    const std::string value = pcr(result.predictions.front(), index);
    BOOST_TEST(table.contains(value), index);
    BOOST_TEST(json.contains(value), index);
  }
  for (const Event& event : result.predictions.front().events) {
    BOOST_TEST(json.contains(event.digests.sha384.hex()));
    BOOST_TEST(lock.contains(event.digests.sha256.hex()));
  }
  BOOST_TEST(!report_json(result, false).value().to_text().contains("\"events\""));
}
