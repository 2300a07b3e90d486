// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::event_log {

/// A UEFI device path in words, e.g. "PciRoot(0x0)/Pci(0x1,0x0)/HD(1,<guid>)/\EFI\BOOT\BOOTX64.EFI". Nodes without a
/// rule of their own read "Path(<type>,<subtype>,<bytes>)".
/// @param path the nodes; a path that ends without its end node is taken as it is. Empty gives an empty text.
/// @errors `corrupt` naming the offset for a node shorter than its header or longer than what is left; `unsupported`
///         for more than 64 nodes.
/// @source UEFI 2.10 section 10.3.
[[nodiscard]] Result<std::string> device_path_text(const ByteView& path);

}  // namespace asterism::event_log
