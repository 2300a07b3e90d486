// SPDX-License-Identifier: Apache-2.0
// Why not a library's client: Debian's cpp-httplib is a shared library that needs the C++ run-time libraries and
// Brotli, and the initramfs would hold all of them for one GET.
#include "join/http_answer.hpp"

#include <algorithm>
#include <charconv>

#include "common/bytes.hpp"

namespace asterism::join {
namespace {

using Answer = std::optional<HttpAnswer>;

constexpr std::string_view line_end = "\r\n";
constexpr std::size_t length_digits_max = 12;

struct Head {
  unsigned status = 0;
  std::optional<std::size_t> length;
  bool chunked = false;
};

std::string lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Result<std::size_t> number(std::string_view text, int base, std::string_view what) {
  std::size_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value, base);
  if (text.size() > length_digits_max || code != std::errc{} || stop != end) {
    return fail(Errc::corrupt, "HTTP: '{}' is no {}", excerpt(text), what);
  }
  return value;
}

Result<unsigned> status_of(std::string_view line) {
  // HTTP/1.1 200 OK
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || line[8] != ' ' || (line.size() > 12 && line[12] != ' ')) {
    return fail(Errc::corrupt, "HTTP: '{}' is no answer", excerpt(line));
  }
  ASTERISM_TRY(const auto status, number(line.substr(9, 3), 10, "status"));
  if (status < 200 || status > 599) return fail(Errc::corrupt, "HTTP: status {} ends no exchange", status);
  return static_cast<unsigned>(status);
}

Result<> take_field(std::string_view line, Head& head) {
  const auto colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) {
    return fail(Errc::corrupt, "HTTP: '{}' is no field", excerpt(line));
  }
  const std::string name = lower(line.substr(0, colon));
  const std::string value = lower(trimmed(line.substr(colon + 1)));
  if (name == "content-length") {
    if (head.length) return fail(Errc::corrupt, "HTTP: two lengths");
    ASTERISM_TRY(head.length, number(value, 10, "length"));
  } else if (name == "transfer-encoding") {
    if (head.chunked || value != "chunked") {
      return fail(Errc::unsupported, "HTTP: transfer coding '{}'", excerpt(value));
    }
    head.chunked = true;
  } else if (name == "content-encoding" && value != "identity") {
    return fail(Errc::unsupported, "HTTP: content coding '{}'", excerpt(value));
  }
  return {};
}

/// `text` without the empty line that ends it.
Result<Head> parse_head(std::string_view text) {
  Head head;
  auto end = text.find(line_end);
  ASTERISM_TRY(head.status, status_of(text.substr(0, end)));
  while (end != std::string_view::npos) {
    text.remove_prefix(end + line_end.size());
    end = text.find(line_end);
    ASTERISM_CHECK(take_field(text.substr(0, end), head));
  }
  if (head.chunked && head.length) return fail(Errc::corrupt, "HTTP: a length beside chunks");
  return head;
}

std::unexpected<Error> too_long(std::size_t limit) {
  return fail(Errc::unsupported, "HTTP: the answer has more than {} bytes", limit);
}

Result<Answer> more(bool ended) {
  if (ended) return fail(Errc::corrupt, "HTTP: the answer ends too early");
  return Answer{};
}

Result<Answer> parse_chunks(std::string_view rest, bool ended, std::size_t limit) {
  std::string body;
  for (;;) {
    const auto end = rest.find(line_end);
    if (std::min(end, rest.size()) > http_chunk_line_bytes_max) {
      return fail(Errc::corrupt, "HTTP: the first line of a chunk is too long");
    }
    if (end == std::string_view::npos) return more(ended);
    ASTERISM_TRY(const auto size,
                 number(trimmed(rest.substr(0, std::min(end, rest.find(';')))), 16, "size of a chunk"));
    rest.remove_prefix(end + line_end.size());
    // What may follow the last chunk says nothing that is asked for here.
    if (size == 0) return Answer{{.status = 200, .body = std::move(body)}};
    if (size > limit - body.size()) return too_long(limit);
    if (rest.size() < size + line_end.size()) return more(ended);
    body += rest.substr(0, size);
    rest.remove_prefix(size);
    if (!rest.starts_with(line_end)) return fail(Errc::corrupt, "HTTP: a chunk does not end where it should");
    rest.remove_prefix(line_end.size());
  }
}

}  // namespace

Result<std::optional<HttpAnswer>> parse_http_answer(std::string_view received, bool ended, std::size_t body_bytes_max) {
  constexpr std::string_view head_end = "\r\n\r\n";
  const auto end = received.find(head_end);
  if (std::min(end, received.size()) > http_head_bytes_max) {
    return fail(Errc::corrupt, "HTTP: no body after {} bytes", http_head_bytes_max);
  }
  if (end == std::string_view::npos) return more(ended);
  ASTERISM_TRY(const auto head, parse_head(received.substr(0, end)));
  if (head.status != 200) return Answer{{.status = head.status, .body = {}}};
  const std::string_view rest = received.substr(end + head_end.size());
  if (head.chunked) return parse_chunks(rest, ended, body_bytes_max);
  const std::size_t wanted = head.length.value_or(rest.size());
  if (wanted > body_bytes_max) return too_long(body_bytes_max);
  if (rest.size() < wanted || (!head.length && !ended)) return more(ended);
  return Answer{{.status = 200, .body = std::string{rest.substr(0, wanted)}}};
}

}  // namespace asterism::join
