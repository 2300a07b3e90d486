// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/bytes.hpp"

namespace asterism::measured_boot {

/// A segment register as a VMSA holds it.
struct VmsaSegment {
  std::uint16_t selector = 0;
  std::uint16_t attributes = 0;
  std::uint32_t limit = 0;
  std::uint64_t base = 0;
};

/// First state of a virtual processor, as far as it is not zero. The defaults are those of an x86 processor that comes
/// out of reset in real mode under KVM; cs and rip depend on where it starts.
/// @source AMD64 Architecture Programmer's Manual volume 2, tables 14-1 (state after INIT and reset) and B-4 (VMSA).
struct VmsaState {
  VmsaSegment es{.attributes = 0x93, .limit = 0xffff};
  VmsaSegment cs{.selector = 0xf000, .attributes = 0x9b, .limit = 0xffff};
  VmsaSegment ss{.attributes = 0x93, .limit = 0xffff};
  VmsaSegment ds{.attributes = 0x93, .limit = 0xffff};
  VmsaSegment fs{.attributes = 0x93, .limit = 0xffff};
  VmsaSegment gs{.attributes = 0x93, .limit = 0xffff};
  VmsaSegment gdtr{.limit = 0xffff};
  VmsaSegment ldtr{.attributes = 0x82, .limit = 0xffff};
  VmsaSegment idtr{.limit = 0xffff};
  VmsaSegment tr{.attributes = 0x8b, .limit = 0xffff};
  std::uint64_t efer = 0x1000;  ///< SVME, which KVM keeps set
  std::uint64_t cr4 = 0x40;     ///< MCE, which KVM keeps set
  std::uint64_t cr0 = 0x10;
  std::uint64_t dr7 = 0x400;
  std::uint64_t dr6 = 0xffff0ff0;
  std::uint64_t rflags = 2;
  std::uint64_t rip = 0;
  std::uint64_t g_pat = 0x7040600070406;
  std::uint64_t rdx = 0;
  std::uint64_t sev_features = 0;
  std::uint64_t xcr0 = 1;
  std::uint32_t mxcsr = 0;
  std::uint16_t x87_fcw = 0;

  /// Lets the processor start at a real-mode address: the upper half becomes the base of cs, the lower half rip.
  void start_at(std::uint32_t address) noexcept {
    cs.base = address & 0xffff0000U;
    rip = address & 0xffffU;
  }
};

/// The 4096 bytes of the VMSA.
[[nodiscard]] std::vector<std::byte> vmsa_page(const VmsaState& state);

}  // namespace asterism::measured_boot
