// SPDX-License-Identifier: Apache-2.0
// Real headers: libcryptsetup adds key slots to what make_header() wrote, and opens what the checker accepts.
#include "disk-mapper/luks.hpp"

#include <boost/test/unit_test.hpp>

#include "disk-mapper/sealed_header.hpp"
#include "support/luks_builder.hpp"

using namespace asterism;
using namespace asterism::disk_mapper;

namespace {

struct Fixture {
  SecretBytes volume_key = SecretBytes::random(volume_key_bytes).value();
  SecretBytes key = SecretBytes::random(32).value();
  HeaderFile file = HeaderFile::make(make_header(testing::good_uuid, volume_key).value()).value();
};

bool same_code(const auto& result, Errc code) {
  return !result && result.error().code() == code;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(libcryptsetup_reads_what_was_written, Fixture) {
  const auto view = view_header(file).value();
  BOOST_TEST(view.uuid == testing::good_uuid);
  BOOST_TEST(view.cipher == "aes-xts-plain64");
  BOOST_TEST(view.integrity == "hmac(sha256)");
  BOOST_TEST(view.data_offset_bytes == header_bytes);
  BOOST_TEST(view.sector_bytes == 4096u);
  BOOST_TEST(view.active_slots == 0u);

  BOOST_REQUIRE(add_key_slot(file, volume_key, key));
  BOOST_TEST(view_header(file).value().volume_key_bytes == 96u);
  BOOST_TEST(view_header(file).value().active_slots == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_sealed_header_opens_with_its_keys, Fixture) {
  const auto recovery = SecretBytes::random(32).value();
  const unsigned node_slot = add_key_slot(file, volume_key, key).value();
  const unsigned recovery_slot = add_key_slot(file, volume_key, recovery).value();
  const auto sealed =
      seal_header(file, volume_key, {.generation = 7, .node_slots = {node_slot}, .sealed = "text"}).value();
  BOOST_TEST(sealed.header.metadata().generation == 7u);
  BOOST_TEST((sealed.header.metadata().slots.at(node_slot).role == SlotRole::node));
  BOOST_TEST((sealed.header.metadata().slots.at(recovery_slot).role == SlotRole::recovery));
  for (const SecretBytes* each : {&std::as_const(key), &recovery}) {
    const auto unlocked = unlock(HeaderFile::make(sealed.image).value(), *each).value();
    BOOST_TEST(unlocked.volume_key.equals(volume_key));
    BOOST_TEST(unlocked.slot == (each == &key ? node_slot : recovery_slot));
  }
  BOOST_TEST(
      same_code(unlock(HeaderFile::make(sealed.image).value(), SecretBytes::random(32).value()), Errc::unverified));
}

BOOST_FIXTURE_TEST_CASE(a_removed_slot_opens_nothing, Fixture) {
  const unsigned first = add_key_slot(file, volume_key, key).value();
  const auto other = SecretBytes::random(32).value();
  const unsigned second = add_key_slot(file, volume_key, other).value();
  BOOST_REQUIRE(remove_key_slot(file, first));
  const auto sealed =
      seal_header(file, volume_key, {.generation = 2, .node_slots = {second}, .sealed = "text"}).value();
  BOOST_TEST(sealed.header.metadata().slots.size() == 1u);
  BOOST_TEST(same_code(unlock(HeaderFile::make(sealed.image).value(), key), Errc::unverified));
  BOOST_TEST(same_code(remove_key_slot(file, first), Errc::not_found));
}

BOOST_FIXTURE_TEST_CASE(refuses_what_does_not_belong, Fixture) {
  BOOST_TEST(same_code(make_header(testing::good_uuid, key), Errc::usage));
  BOOST_TEST(same_code(add_key_slot(file, SecretBytes::random(volume_key_bytes).value(), key), Errc::unverified));
  BOOST_TEST(same_code(set_token(file, "{}"), Errc::io));
  BOOST_TEST(same_code(view_header(HeaderFile::make(std::vector<std::byte>(header_bytes)).value()), Errc::corrupt));
  BOOST_TEST(same_code(HeaderFile::make(std::vector<std::byte>(4096)), Errc::internal));
}

BOOST_FIXTURE_TEST_CASE(only_eight_slots, Fixture) {
  for (unsigned i = 0; i < max_key_slots; ++i)
    BOOST_REQUIRE(add_key_slot(file, volume_key, SecretBytes::random(32).value()));
  BOOST_TEST(same_code(add_key_slot(file, volume_key, key), Errc::conflict));
}

BOOST_FIXTURE_TEST_CASE(the_mac_covers_metadata_and_key_slots, Fixture) {
  const unsigned slot = add_key_slot(file, volume_key, key).value();
  const auto sealed = seal_header(file, volume_key, {.generation = 3, .node_slots = {slot}, .sealed = "text"}).value();
  const auto check = [&](Bytes image, const SecretBytes& with) {
    return authenticate(check_header(image.first(metadata_bytes)).value(), image, with);
  };
  BOOST_TEST(check(sealed.image, volume_key).has_value());
  BOOST_TEST(same_code(check(sealed.image, SecretBytes::random(volume_key_bytes).value()), Errc::unverified));

  auto area = sealed.image;
  area[sealed.header.metadata().slots.at(slot).offset_bytes + 100] ^= std::byte{1};
  BOOST_TEST(same_code(check(area, volume_key), Errc::unverified));

  // Well-formed, checksums right, one number changed that the schema leaves open.
  auto copy = sealed.header.checked().current;
  const auto at = copy.copy.json.find(R"("generation":"3")");
  BOOST_REQUIRE(at != std::string::npos);
  copy.copy.json[at + 14] = '9';
  auto forged = write_metadata(copy).value();
  forged.insert(forged.end(), sealed.image.begin() + metadata_bytes, sealed.image.end());
  BOOST_TEST(same_code(check(forged, volume_key), Errc::unverified));

  // An older copy that nobody made.
  auto half = sealed.image;
  copy.copy.json[at + 14] = '1';
  const auto older = write_copy(copy.copy, CopyPlace::secondary).value();
  std::ranges::copy(older, half.begin() + copy_bytes);
  BOOST_TEST(same_code(check(half, volume_key), Errc::unverified));

  // Salt, sequence and checksum change with every write and mean nothing.
  auto same = sealed.header.checked().current;
  same.copy.sequence += 1;
  auto rewritten = write_metadata(same).value();
  rewritten.insert(rewritten.end(), sealed.image.begin() + metadata_bytes, sealed.image.end());
  BOOST_TEST(check(rewritten, volume_key).has_value());
}
