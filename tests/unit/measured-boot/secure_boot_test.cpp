// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/secure_boot.hpp"

#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include "efi/authenticode.hpp"
#include "efi/signature_list.hpp"
#include "support/pe_builder.hpp"

using namespace asterism;
using namespace asterism::measured_boot;
using testing::PeBuilder;

namespace {

struct Image {
  explicit Image(const std::string& content) : file{PeBuilder{}.section(".text", content).build()} {
    digests.sha256 = efi::authenticode_digest(parsed, HashAlgorithm::sha256).value();
    digests.sha384 = efi::authenticode_digest(parsed, HashAlgorithm::sha384).value();
  }
  [[nodiscard]] LoadedImage loaded() const { return {.image = &parsed, .digests = &digests, .name = "image"}; }

  std::vector<std::byte> file;
  efi::PeImage parsed = efi::PeImage::parse(ByteView{file}).value();
  BankDigests digests;
};

std::vector<std::byte> digest_list(std::initializer_list<const Image*> images) {
  std::vector<std::byte> out;
  append(out, efi::certificate_sha256.bytes);
  append_le(out, 28 + images.size() * 48, 4);
  append_le(out, 0, 4);
  append_le(out, 48, 4);
  for (const Image* image : images) {
    out.resize(out.size() + 16, std::byte{7});
    append(out, image->digests.sha256.bytes());
  }
  return out;
}

const std::vector<std::byte> some_key(60, std::byte{0x5a});

std::vector<std::string> names(const std::vector<Event>& events) {
  std::vector<std::string> out;
  for (const Event& event : events)
    out.push_back(event.what);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(variables_then_separator_then_authorities) {
  const Image loader{"loader"};
  const Image uki{"uki"};
  const SecureBootVariables variables{.pk = some_key, .kek = {}, .db = digest_list({&uki, &loader}), .dbx = {}};
  const auto events = secure_boot_events(SecureBoot::on, variables, {loader.loaded(), uki.loaded()}).value();
  const std::vector<std::string> wanted{"variable SecureBoot",
                                        "variable PK",
                                        "variable KEK",
                                        "variable db",
                                        "variable dbx",
                                        "separator",
                                        "db entry that signed image",
                                        "db entry that signed image"};
  BOOST_TEST(names(events) == wanted, boost::test_tools::per_element());

  // UEFI_VARIABLE_DATA of the authority, put together by hand: GUID, 2, 48, "db", owner and digest.
  auto data = from_hex(
                  "cbb219d73a3d9645a3bcdad00e67656f"
                  "0200000000000000"
                  "3000000000000000"
                  "64006200")
                  .value();
  data.resize(data.size() + 16, std::byte{7});
  append(data, loader.digests.sha256.bytes());
  BOOST_TEST((events[6].digests == hash_banks(data).value()));
}

BOOST_AUTO_TEST_CASE(dbt_counts_only_where_it_exists) {
  const SecureBootVariables without{.pk = some_key, .kek = {}, .db = {}, .dbx = {}};
  SecureBootVariables with = without;
  with.dbt = some_key;
  const auto plain = secure_boot_events(SecureBoot::off, without, {}).value();
  const auto more = secure_boot_events(SecureBoot::off, with, {}).value();
  BOOST_REQUIRE(plain.size() == 6u);
  BOOST_REQUIRE(more.size() == 7u);
  BOOST_TEST(more[5].what == "variable dbt");
  BOOST_TEST(more[6].what == "separator");
}

BOOST_AUTO_TEST_CASE(setup_mode_measures_absent_variables_as_empty) {
  const auto events = secure_boot_events(SecureBoot::off, {}, {}).value();
  // KEK by hand: GUID, 3 characters, no data, "KEK".
  const auto data = from_hex(
                        "61dfe48bca93d211aa0d00e098032b8c"
                        "0300000000000000"
                        "0000000000000000"
                        "4b0045004b00")
                        .value();
  BOOST_TEST((events[2].digests == hash_banks(data).value()));
  BOOST_TEST((secure_boot_events(SecureBoot::on, {}, {}).error().code() == Errc::unverified));
}

BOOST_AUTO_TEST_CASE(authorities_of_several_images_in_the_order_of_loading) {
  const Image first{"1"};
  const Image second{"2"};
  const SecureBootVariables variables{.pk = some_key, .kek = {}, .db = digest_list({&first, &second}), .dbx = {}};
  const auto one = secure_boot_events(SecureBoot::on, variables, {first.loaded(), second.loaded()}).value();
  const auto two = secure_boot_events(SecureBoot::on, variables, {second.loaded(), first.loaded()}).value();
  BOOST_REQUIRE(one.size() == 8u);
  BOOST_TEST((one[6].digests == two[7].digests && one[7].digests == two[6].digests));
}

BOOST_AUTO_TEST_CASE(one_authority_for_two_images_is_measured_once) {
  const Image image{"same"};
  const SecureBootVariables variables{.pk = some_key, .kek = {}, .db = digest_list({&image}), .dbx = {}};
  BOOST_TEST(secure_boot_events(SecureBoot::on, variables, {image.loaded(), image.loaded()}).value().size() == 7u);
}

BOOST_AUTO_TEST_CASE(off_measures_the_variables_but_no_authority) {
  const Image image{"x"};
  const SecureBootVariables variables{.pk = some_key, .kek = {}, .db = digest_list({&image}), .dbx = {}};
  const auto off = secure_boot_events(SecureBoot::off, variables, {image.loaded()}).value();
  const auto on = secure_boot_events(SecureBoot::on, variables, {image.loaded()}).value();
  BOOST_TEST(off.size() == 6u);
  BOOST_TEST((off[0].digests != on[0].digests));
  BOOST_TEST((off[1].digests == on[1].digests));
}

BOOST_AUTO_TEST_CASE(what_the_firmware_refuses_is_unverified) {
  const Image good{"good"};
  const Image bad{"bad"};
  const auto db = digest_list({&good});
  const auto code = [&](const SecureBootVariables& variables, const Image& image) {
    return secure_boot_events(SecureBoot::on, variables, {image.loaded()}).error().code();
  };
  BOOST_TEST((code({.pk = {}, .kek = {}, .db = db, .dbx = {}}, good) == Errc::unverified));
  BOOST_TEST((code({.pk = some_key, .kek = {}, .db = db, .dbx = {}}, bad) == Errc::unverified));
  BOOST_TEST((code({.pk = some_key, .kek = {}, .db = db, .dbx = db}, good) == Errc::unverified));
}

BOOST_AUTO_TEST_CASE(variables_from_a_folder) {
  std::filesystem::remove_all("keys");
  std::filesystem::create_directory("keys");
  BOOST_TEST((load_secure_boot_variables("keys").error().code() == Errc::not_found));
  BOOST_TEST((load_secure_boot_variables("absent").error().code() == Errc::not_found));
  const Image image{"x"};
  const auto db = digest_list({&image});
  std::ofstream{"keys/db.esl", std::ios::binary} << as_text(db);
  const auto variables = load_secure_boot_variables("keys").value();
  BOOST_TEST((variables.db == db));
  BOOST_TEST(variables.pk.empty());
  std::ofstream{"keys/dbx.esl"} << "junk";
  BOOST_TEST((load_secure_boot_variables("keys").error().code() == Errc::corrupt));
  std::ofstream{"store.fd"} << "junk";
  BOOST_TEST((load_secure_boot_variables("store.fd").error().code() == Errc::corrupt));
}
