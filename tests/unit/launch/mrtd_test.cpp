// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/mrtd.hpp"

#include <boost/test/unit_test.hpp>

#include "measured-boot/launch/tdx_data.hpp"
#include "support/ovmf_builder.hpp"

using namespace asterism;
using namespace asterism::measured_boot;
using firmware::TdvfSection;
using firmware::TdvfSectionType;

namespace {

/// One 128-byte record of the measurement, put together as the TDX module's ABI describes it.
void record(std::vector<std::byte>& out, std::string_view name, std::uint64_t gpa) {
  const std::size_t start = out.size();
  append(out, as_bytes(name));
  out.resize(start + 16);
  append_le(out, gpa, 8);
  out.resize(start + 128);
}

const std::vector<std::byte> content(4097, std::byte{0x5a});

TdvfSection code(std::size_t size) {
  return {.data = ByteView{Bytes{content}.first(size)}, .gpa = 0x10000, .memory_bytes = 8192, .extends = true};
}

}  // namespace

BOOST_AUTO_TEST_CASE(both_orders_by_hand) {
  const TdvfSection section = code(4097);
  std::vector<std::byte> padded{content};
  padded.resize(8192);
  for (const auto order : {TdxPageOrder::by_page, TdxPageOrder::by_section}) {
    std::vector<std::byte> stream;
    const auto extend = [&](std::uint64_t page) {
      for (std::uint64_t chunk = page; chunk < page + 4096; chunk += 256) {
        record(stream, "MR.EXTEND", 0x10000 + chunk);
        append(stream, Bytes{padded}.subspan(chunk, 256));
      }
    };
    record(stream, "MEM.PAGE.ADD", 0x10000);
    if (order == TdxPageOrder::by_page) extend(0);
    record(stream, "MEM.PAGE.ADD", 0x11000);
    if (order == TdxPageOrder::by_section) extend(0);
    extend(4096);
    BOOST_TEST((mrtd({section}, order).value() == sha384(stream).value()));
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_measured_counts_by_its_place_alone) {
  TdvfSection one = code(4096);
  one.extends = false;
  TdvfSection two = one;
  two.data = ByteView{};
  BOOST_TEST((mrtd({one}, TdxPageOrder::by_page).value() == mrtd({two}, TdxPageOrder::by_section).value()));
  two.gpa += 4096;
  BOOST_TEST((mrtd({one}, TdxPageOrder::by_page).value() != mrtd({two}, TdxPageOrder::by_page).value()));
}

BOOST_AUTO_TEST_CASE(what_is_added_later_does_not_count) {
  TdvfSection later = code(0);
  later.extends = false;
  later.added_later = true;
  BOOST_TEST((mrtd({later}, TdxPageOrder::by_page).value() == sha384(Bytes{}).value()));
}

BOOST_AUTO_TEST_CASE(the_data_file_names_both_orders) {
  const auto data = tdx_data().value();
  BOOST_REQUIRE(data.page_orders.size() == 2u);
  BOOST_TEST((data.page_orders[0].order != data.page_orders[1].order));
  for (const auto& choice : data.page_orders)
    BOOST_TEST((!choice.reason.empty() && !choice.source.empty()));
  BOOST_TEST(data.rtmr0_events.size() >= 10u);
}
