// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "attestation/tls/stream.hpp"

namespace asterism::attestation {

/// Kinds of frame. A frame is a 32-bit big-endian length of what follows, one byte of type, the content.
enum class FrameType : std::uint8_t {
  hello = 1,
  evidence = 2,
  accepted = 3,
  data = 4,
  claim = 5,
  challenge = 6,
  refused = 7
};

/// Most bytes of the reason that somebody gives before going away.
inline constexpr std::size_t refusal_bytes_max = 1024;

/// @errors as TlsStream::write().
[[nodiscard]] Result<> write_frame(TlsStream& stream, FrameType type, Bytes content, Deadline deadline);

/// The content of the next frame, which has to be of that type. Nothing is allocated before the length was checked.
/// @errors `unverified` with the other side's reason if it refuses; `corrupt` for another type, no type at all or more
/// content than `content_max`; as TlsStream::read().
[[nodiscard]] Result<std::vector<std::byte>> read_frame(TlsStream& stream, FrameType type, std::size_t content_max,
                                                        Deadline deadline);

/// Tells the other side why this one goes away: its console and its log have the reason too. Nobody waits for it.
void write_refusal(TlsStream& stream, const Error& reason, Deadline deadline);

}  // namespace asterism::attestation
