// SPDX-License-Identifier: Apache-2.0
#include "attestation/tls/frame.hpp"

#include <format>

namespace asterism::attestation {
namespace {

constexpr std::size_t header_bytes = 5;

}  // namespace

Result<> write_frame(TlsStream& stream, FrameType type, Bytes content, Deadline deadline) {
  std::vector<std::byte> frame;
  frame.reserve(header_bytes + content.size());
  const std::uint64_t length = content.size() + 1;
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    frame.push_back(static_cast<std::byte>((length >> shift) & 0xff));
  frame.push_back(static_cast<std::byte>(type));
  append(frame, content);
  return stream.write(frame, deadline);
}

Result<std::vector<std::byte>> read_frame(TlsStream& stream, FrameType type, std::size_t content_max,
                                          Deadline deadline) {
  std::array<std::byte, header_bytes> header{};
  ASTERISM_CHECK(stream.read(header, deadline));
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; ++i)
    length = (length << 8) | std::to_integer<std::size_t>(header[i]);
  if (header[4] == static_cast<std::byte>(FrameType::refused) && length > 0 && length - 1 <= refusal_bytes_max) {
    std::vector<std::byte> reason(length - 1);
    ASTERISM_CHECK(stream.read(reason, deadline));
    return std::unexpected{
        Error{Errc::unverified, std::format("the other side refuses: {}", printable(as_text(reason)))}.advise(
            "mend what it names, or go to the side that trusts you")};
  }
  if (length == 0 || length - 1 > content_max) {
    return fail(Errc::corrupt, "a frame of {} bytes (1 to {} are allowed)", length, content_max + 1);
  }
  if (header[4] != static_cast<std::byte>(type)) {
    return fail(Errc::corrupt, "a frame of type {} instead of {}", std::to_integer<unsigned>(header[4]),
                static_cast<unsigned>(type));
  }
  std::vector<std::byte> content(length - 1);
  ASTERISM_CHECK(stream.read(content, deadline));
  return content;
}

void write_refusal(TlsStream& stream, const Error& reason, Deadline deadline) {
  const std::string_view text = std::string_view{reason.message()}.substr(0, refusal_bytes_max);
  static_cast<void>(write_frame(stream, FrameType::refused, as_bytes(text), deadline));
}

}  // namespace asterism::attestation
