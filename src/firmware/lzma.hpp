// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::firmware {

/// Unpacks data in the format of .lzma files, which EDK2 packs firmware volumes in: properties, size of the
/// dictionary, size of the content, then one stream without an end marker. Bytes behind the stream are not looked at.
///
/// @param content_bytes_max the most that the content may have; so much memory is used, and no more.
/// @errors `corrupt` for properties that do not exist, a stream that ends early or refers to bytes before its start;
///         `unsupported` for an unknown size, or one above the limit.
/// @source Igor Pavlov, LZMA specification (2015); EDK2 MdeModulePkg/Library/LzmaCustomDecompressLib.
/// @checked tests/unit/firmware/lzma_vectors.txt and tests/interop/launch/firmware_code.py: packed by liblzma;
///          tests/fuzz/firmware.
[[nodiscard]] Result<std::vector<std::byte>> unpack_lzma(const ByteView& packed, std::uint64_t content_bytes_max);

}  // namespace asterism::firmware
