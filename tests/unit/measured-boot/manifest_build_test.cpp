// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/manifest_build.hpp"

#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include "support/esp_builder.hpp"
#include "support/pe_builder.hpp"

using namespace asterism;
using namespace asterism::measured_boot;
using asterism::manifest::parse_manifest;
using asterism::manifest::platforms;
using testing::EspBuilder;
using testing::PeBuilder;

namespace {

const std::string root_hash(64, 'a');

std::vector<std::byte> uki(const std::string& command_line) {
  const auto kernel = PeBuilder{}.section(".text", "kernel").build();
  return PeBuilder{}
      .stub("257.1")
      .section(".linux", std::string{as_text(kernel)})
      .section(".cmdline", command_line)
      .section(".osrel", "ID=asterism\nVERSION_ID=1\n")
      .build();
}

void put(const std::string& name, Bytes content) {
  std::ofstream{"build/" + name, std::ios::binary} << as_text(content);
}

/// A folder with a disk, its UKI and a lock file.
ManifestRequest make_build(const std::string& command_line = "quiet roothash=" + root_hash + " ro") {
  std::filesystem::remove_all("build");
  std::filesystem::create_directory("build");
  const auto file = uki(command_line);
  const auto loader = PeBuilder{}.section(".sdmagic", "#### LoaderInfo: systemd-boot 257 ####").build();
  put("a_1.efi", file);
  put("a_1.raw", EspBuilder{}.file("EFI/BOOT/BOOTX64.EFI", loader).file("EFI/Linux/a_1+3.efi", file).disk());
  put("lock", as_bytes("lock"));
  return {.name = "a",
          .version = "1",
          .revision = "r1",
          .locked = true,
          .directory = "build",
          .artefacts = {"a_1.raw", "a_1.efi"},
          .image = "a_1.raw",
          .uki = "a_1.efi",
          .inputs = {{"packages.lock", "build/lock"}},
          .root_hash = root_hash,
          .prediction = {}};
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_manifest_of_a_build_is_complete_and_repeatable) {
  const auto request = make_build();
  const auto manifest = build_manifest(request).value();
  BOOST_TEST(manifest.artefacts.at(0).name == "a_1.efi");
  BOOST_TEST((manifest.artefacts.at(0).sha256 == manifest.uki.sha256));
  BOOST_TEST((manifest.inputs.at(0).sha256 == sha256(as_bytes("lock")).value()));
  BOOST_TEST(manifest.measurements.size() == platforms.size());
  BOOST_TEST(manifest.measurements.at("aws").size() == 2u);
  BOOST_TEST(manifest.boot_loader->version == "257");
  BOOST_TEST(manifest.kernel.authenticode.has_value());
  BOOST_TEST(manifest.kernel.initrd.has_value());
  const std::string text = to_json(manifest).to_text();
  BOOST_TEST((parse_manifest(text).value() == manifest));
  auto other_order = request;
  std::ranges::reverse(other_order.artefacts);
  other_order.prediction.threads = 1;
  BOOST_TEST(to_json(build_manifest(other_order).value()).to_text() == text);
}

BOOST_AUTO_TEST_CASE(a_uki_file_that_is_not_the_disks_is_unverified) {
  const auto request = make_build();
  put("a_1.efi", uki("other roothash=" + root_hash));
  BOOST_TEST((build_manifest(request).error().code() == Errc::unverified));
}

BOOST_AUTO_TEST_CASE(the_command_line_must_name_the_root_hash) {
  for (const std::string& line : {std::string{"quiet"}, "roothash=" + root_hash + "0", "xroothash=" + root_hash}) {
    BOOST_TEST((build_manifest(make_build(line)).error().code() == Errc::unverified), line);
  }
}

BOOST_AUTO_TEST_CASE(wrong_requests) {
  auto request = make_build();
  request.artefacts.emplace_back("a_1.raw");
  BOOST_TEST((build_manifest(request).error().code() == Errc::usage));
  request = make_build();
  request.artefacts = {"a_1.raw"};
  BOOST_TEST((build_manifest(request).error().code() == Errc::usage));
  request = make_build();
  request.artefacts.emplace_back("absent");
  BOOST_TEST((build_manifest(request).error().code() == Errc::not_found));
  request = make_build();
  request.root_hash = "xyz";
  BOOST_TEST((build_manifest(request).error().code() == Errc::corrupt));
}
