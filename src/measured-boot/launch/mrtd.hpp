// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "firmware/tdvf.hpp"

namespace asterism::measured_boot {

/// In which order a VMM adds and measures the pages of one section of TDX firmware.
enum class TdxPageOrder : std::uint8_t {
  by_page,    ///< each page is added and measured before the next one
  by_section  ///< all pages of the section are added, then all are measured
};

/// "by-page" or "by-section".
[[nodiscard]] std::string_view to_string(TdxPageOrder order) noexcept;

/// A page order that a platform may have, and when.
struct TdxOrderChoice {
  TdxPageOrder order = TdxPageOrder::by_page;
  std::string reason;
  std::string source;
};

/// The MRTD of a TD started with this firmware.
/// @param sections of the firmware, in the order in which the VMM adds them, which is that of the file.
/// @errors `internal` from OpenSSL.
/// @source Intel TDX Module 1.5 ABI, TDH.MEM.PAGE.ADD and TDH.MR.EXTEND; "TDX Virtual Firmware Design Guide" 344991.
/// @checked a model in Python, tests/interop/launch; there is no vector of a real TD whose firmware is at hand.
[[nodiscard]] Result<Digest> mrtd(const std::vector<firmware::TdvfSection>& sections, TdxPageOrder order);

}  // namespace asterism::measured_boot
