// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace asterism::join {

/// A server's answer to one request on a connection of its own.
struct HttpAnswer {
  unsigned status = 0;  ///< 200 to 599
  std::string body;     ///< of status 200; that of any other is not looked at
};

/// The most that parse_http_answer() looks at before the body, and the most of a chunk's first line.
inline constexpr std::size_t http_head_bytes_max = std::size_t{16} << 10;
inline constexpr std::size_t http_chunk_line_bytes_max = 256;

/// Reads an answer from everything that has arrived so far; nullopt: more has to come.
/// @param ended the server has closed the connection, so that nothing more comes.
/// @param body_bytes_max refuse a longer body, as soon as its length is known.
/// @errors `corrupt` for what is no HTTP/1.1, an interim answer, two lengths, a length beside chunks, an end too early;
///         `unsupported` for a longer body, or one in any coding but chunks.
/// @source RFC 9112, sections 4 to 7.1.
[[nodiscard]] Result<std::optional<HttpAnswer>> parse_http_answer(std::string_view received, bool ended,
                                                                  std::size_t body_bytes_max);

}  // namespace asterism::join
