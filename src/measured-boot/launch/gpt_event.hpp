// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::measured_boot {

/// What EDK2 measures of the disk that it boots from (EV_EFI_GPT_EVENT): the GPT's header, how many entries are in use,
/// and those entries. Disk and partition GUIDs are in it, so it changes when a partition is added on first boot.
/// @errors `corrupt` for a disk without a GPT or with a table that does not fit; `unsupported` for entries of more than
///         4096 bytes or more than 1024 of them.
/// @source TCG PC Client Platform Firmware Profile 1.06, UEFI_GPT_DATA; EDK2 DxeTpm2MeasureBootLib,
///         Tcg2MeasureGptTable().
[[nodiscard]] Result<std::vector<std::byte>> gpt_event_data(const ByteView& disk);

}  // namespace asterism::measured_boot
