// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "attestation/tls/stream.hpp"

namespace asterism::attestation {

/// Kinds of frame. A frame is a 32-bit big-endian length of what follows, one byte of type, the content.
enum class FrameType : std::uint8_t { hello = 1, evidence = 2, accepted = 3, data = 4 };

/// @errors as TlsStream::write().
[[nodiscard]] Result<> write_frame(TlsStream& stream, FrameType type, Bytes content, Deadline deadline);

/// The content of the next frame, which has to be of that type. Nothing is allocated before the length was checked.
/// @errors `corrupt` for another type, no type at all or more content than `content_max`; as TlsStream::read().
[[nodiscard]] Result<std::vector<std::byte>> read_frame(TlsStream& stream, FrameType type, std::size_t content_max,
                                                        Deadline deadline);

}  // namespace asterism::attestation
