// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/vmsa.hpp"

#include "firmware/snp_metadata.hpp"

namespace asterism::measured_boot {
namespace {

class Page {
 public:
  void put(std::size_t offset, std::uint64_t value, std::size_t width_bytes) {
    for (std::size_t i = 0; i < width_bytes; ++i)
      bytes_.at(offset + i) = static_cast<std::byte>((value >> (8 * i)) & 0xff);
  }

  void put(std::size_t offset, const VmsaSegment& segment) {
    put(offset, segment.selector, 2);
    put(offset + 2, segment.attributes, 2);
    put(offset + 4, segment.limit, 4);
    put(offset + 8, segment.base, 8);
  }

  [[nodiscard]] std::vector<std::byte> take() && { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_ = std::vector<std::byte>(firmware::page_bytes);
};

}  // namespace

std::vector<std::byte> vmsa_page(const VmsaState& state) {
  Page page;
  page.put(0x00, state.es);
  page.put(0x10, state.cs);
  page.put(0x20, state.ss);
  page.put(0x30, state.ds);
  page.put(0x40, state.fs);
  page.put(0x50, state.gs);
  page.put(0x60, state.gdtr);
  page.put(0x70, state.ldtr);
  page.put(0x80, state.idtr);
  page.put(0x90, state.tr);
  page.put(0xd0, state.efer, 8);
  page.put(0x148, state.cr4, 8);
  page.put(0x158, state.cr0, 8);
  page.put(0x160, state.dr7, 8);
  page.put(0x168, state.dr6, 8);
  page.put(0x170, state.rflags, 8);
  page.put(0x178, state.rip, 8);
  page.put(0x268, state.g_pat, 8);
  page.put(0x310, state.rdx, 8);
  page.put(0x3b0, state.sev_features, 8);
  page.put(0x3e8, state.xcr0, 8);
  page.put(0x408, state.mxcsr, 4);
  page.put(0x410, state.x87_fcw, 2);
  return std::move(page).take();
}

}  // namespace asterism::measured_boot
