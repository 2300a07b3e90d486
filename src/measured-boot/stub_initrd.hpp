// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "measured-boot/uki.hpp"

namespace asterism::measured_boot {

/// The cpio archive (newc) that systemd-stub makes of one section: the folder /.extra, one file in it, a trailer.
///
/// Inode numbers count from 1; owner and time are 0; the folder has mode 0555, the file 0444.
/// @source systemd src/boot/cpio.c, pack_cpio_literal().
/// @checked tests/unit/measured-boot/stub_initrd_test.cpp byte for byte; tests/interop/cpio.sh unpacks it.
[[nodiscard]] std::vector<std::byte> make_extra_archive(std::string_view file_name, const Segment& content);

/// The initrd that the stub hands to the kernel for a clean boot (nothing beside the UKI on the ESP), as a stream; its
/// digest is what Linux measures into PCR 9. Empty if there is none.
///
/// A single piece is passed as it is; of several, each is padded to 4 bytes with zeros, the last one too. Padding is a
/// segment of its own, so that the first segment is a section as it is.
/// @source systemd src/boot/stub.c, run(); src/boot/initrd.c, combine_initrds().
[[nodiscard]] Stream assemble_initrd(const StubModel& model, const std::vector<UkiSection>& sections);

}  // namespace asterism::measured_boot
