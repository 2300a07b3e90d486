// SPDX-License-Identifier: Apache-2.0
// A key slot change, cut off at every write and inside of it: the old or the new header is there, whole, afterwards.
#include "disk-mapper/header/update.hpp"

#include <boost/test/unit_test.hpp>

#include "disk-mapper/luks.hpp"
#include "disk-mapper/sealed_header.hpp"
#include "support/luks_builder.hpp"

using namespace asterism;
using namespace asterism::disk_mapper;

namespace {

/// A header with a node's key, and its successor where another key has taken that one's place.
struct Fixture {
  SecretBytes volume_key = SecretBytes::random(volume_key_bytes).value();
  SecretBytes old_key = SecretBytes::random(32).value();
  SecretBytes new_key = SecretBytes::random(32).value();
  HeaderFile file = HeaderFile::make(make_header(testing::good_uuid, volume_key).value()).value();
  unsigned old_slot = add_key_slot(file, volume_key, old_key).value();
  SealedHeader before =
      seal_header(file, volume_key, {.generation = 1, .node_slots = {old_slot}, .sealed = {}}).value();
  unsigned new_slot = add_key_slot(file, volume_key, new_key).value();
  SealedHeader between =
      seal_header(file, volume_key, {.generation = 2, .node_slots = {old_slot, new_slot}, .sealed = {}}).value();
  SealedHeader after =
      (remove_key_slot(file, old_slot).value(),
       seal_header(file, volume_key, {.generation = 3, .node_slots = {new_slot}, .sealed = {}}).value());

  [[nodiscard]] static Result<std::vector<HeaderWrite>> plan(const SealedHeader& from, Bytes disk,
                                                             const SealedHeader& to) {
    return plan_update(&from.header.checked().current, disk, to.header.checked().current, to.image);
  }

  [[nodiscard]] Result<AuthenticatedHeader> read(Bytes disk) const {
    ASTERISM_TRY(auto checked, check_header(disk.first(metadata_bytes)));
    return authenticate(std::move(checked), disk, volume_key);
  }
};

void apply(std::vector<std::byte>& disk, const HeaderWrite& write, std::size_t bytes) {
  std::ranges::copy(Bytes{write.bytes}.first(std::min(bytes, write.bytes.size())),
                    disk.begin() + static_cast<std::ptrdiff_t>(write.offset_bytes));
}

std::string why(const Result<AuthenticatedHeader>& header) {
  return header ? "" : header.error().message();
}

void cut_everywhere(const Fixture& f, const SealedHeader& from, const SealedHeader& to, const SecretBytes& key) {
  const auto writes = Fixture::plan(from, from.image, to).value();
  for (std::size_t cut = 0; cut <= writes.size(); ++cut) {
    for (const std::size_t torn : {std::size_t{0}, std::size_t{4608}}) {
      auto disk = from.image;
      for (std::size_t i = 0; i < cut; ++i)
        apply(disk, writes[i], writes[i].bytes.size());
      if (cut < writes.size()) apply(disk, writes[cut], torn);
      const auto header = f.read(disk);
      BOOST_REQUIRE_MESSAGE(header, "cut in write " << cut << " after " << torn << ": " << why(header));
      const auto generation = header->metadata().generation;
      BOOST_TEST((generation == from.header.metadata().generation || generation == to.header.metadata().generation));
      if (torn != 0) BOOST_REQUIRE(unlock(HeaderFile::make(disk).value(), key));

      // Repair, as at the next boot, brings the disk to exactly what the current header says.
      const SealedHeader& current = generation == from.header.metadata().generation ? from : to;
      const auto repairs = Fixture::plan(current, disk, current).value();
      for (const HeaderWrite& write : repairs)
        apply(disk, write, write.bytes.size());
      BOOST_TEST((disk == current.image));
    }
  }
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(adding_a_slot_survives_every_cut, Fixture) {
  cut_everywhere(*this, before, between, old_key);
}

BOOST_FIXTURE_TEST_CASE(removing_a_slot_survives_every_cut, Fixture) {
  cut_everywhere(*this, between, after, new_key);
}

BOOST_FIXTURE_TEST_CASE(a_removed_key_slot_leaves_nothing_behind, Fixture) {
  auto disk = between.image;
  const auto writes = plan(between, disk, after).value();
  for (const HeaderWrite& write : writes)
    apply(disk, write, write.bytes.size());
  BOOST_TEST((disk == after.image));
  const Bytes area =
      Bytes{disk}.subspan(between.header.metadata().slots.at(old_slot).offset_bytes, key_slot_area_bytes);
  BOOST_TEST(std::ranges::all_of(area, [](std::byte b) { return b == std::byte{0}; }));
}

BOOST_FIXTURE_TEST_CASE(refuses_to_overwrite_a_slot_in_use, Fixture) {
  auto changed = SealedHeader{.header = before.header, .image = before.image};
  changed.image[before.header.metadata().slots.at(old_slot).offset_bytes] ^= std::byte{1};
  const auto writes = plan(before, before.image, changed);
  BOOST_REQUIRE(!writes);
  BOOST_TEST((writes.error().code() == Errc::internal));
}
