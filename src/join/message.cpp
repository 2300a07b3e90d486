// SPDX-License-Identifier: Apache-2.0
#include "join/message.hpp"

#include <algorithm>

namespace asterism::join {
namespace {

constexpr std::uint8_t protocol_version = 1;
constexpr std::size_t csr_bytes_max = 4096;
constexpr std::size_t pem_bytes_max = 24U << 10;
constexpr std::size_t endpoint_bytes_max = 512;
constexpr std::size_t dns_bytes_max = 255;
constexpr std::size_t reason_bytes_max = 2048;
constexpr std::uint32_t list_bytes_max = 16U << 20;

enum class Type : std::uint8_t {
  join = 1,
  joined = 2,
  refused = 3,
  members = 4,
  list = 5,
  piece = 6,
  disk_wanted = 7,
  disk_key = 8,
  disk_key_taken = 9,
};

bool is_small_alnum(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// Fields with a 16-bit big-endian length in front, and plain numbers.
class Writer {
 public:
  explicit Writer(Type type) { number(static_cast<std::uint64_t>(type), 1); }
  void number(std::uint64_t value, std::size_t width) {
    for (std::size_t i = width; i > 0; --i)
      out_.push_back(static_cast<std::byte>((value >> (8 * (i - 1))) & 0xff));
  }
  void field(Bytes bytes) {
    number(bytes.size(), 2);
    append(out_, bytes);
  }
  void field(std::string_view text) { field(as_bytes(text)); }
  std::vector<std::byte> take() { return std::move(out_); }

 private:
  std::vector<std::byte> out_;
};

class Reader {
 public:
  explicit Reader(Bytes bytes) : rest_{bytes} {}

  Result<std::uint64_t> number(std::size_t width, std::string_view what) {
    ASTERISM_TRY(const auto field, raw(width, what));
    std::uint64_t value = 0;
    for (const std::byte b : field)
      value = (value << 8) | std::to_integer<std::uint64_t>(b);
    return value;
  }
  Result<Bytes> field(std::size_t most, std::string_view what) {
    ASTERISM_TRY(const auto size, number(2, what));
    if (size > most) return fail(Errc::corrupt, "{}: {} bytes (at most {})", what, size, most);
    return raw(static_cast<std::size_t>(size), what);
  }
  Result<std::string> text(std::size_t most, std::string_view what) {
    ASTERISM_TRY(const auto bytes, field(most, what));
    std::string value{as_text(bytes)};
    if (printable(value) != value) return fail(Errc::corrupt, "{}: characters that are not printable", what);
    return value;
  }
  /// Lines of printable text.
  Result<std::string> pem(std::string_view what) {
    ASTERISM_TRY(const auto bytes, field(pem_bytes_max, what));
    std::string value{as_text(bytes)};
    std::string joined = value;
    std::erase(joined, '\n');
    if (printable(joined) != joined) return fail(Errc::corrupt, "{}: characters that are not printable", what);
    return value;
  }
  Result<std::string> name(bool (*fits)(std::string_view) noexcept, std::string_view what) {
    ASTERISM_TRY(auto value, text(63, what));
    if (!fits(value)) return fail(Errc::corrupt, "{}: '{}' is none", what, value);
    return value;
  }
  Result<SecretBytes> key(std::string_view what) {
    ASTERISM_TRY(const auto bytes, field(disk_key_bytes, what));
    if (!bytes.empty() && bytes.size() != disk_key_bytes)
      return fail(Errc::corrupt, "{}: {} bytes", what, bytes.size());
    return SecretBytes::copy_of(bytes);
  }
  Result<> version() {
    ASTERISM_TRY(const auto value, number(1, "version"));
    if (value != protocol_version) return fail(Errc::unsupported, "protocol version {} (known: 1)", value);
    return {};
  }
  [[nodiscard]] Result<> finish() const {
    if (!rest_.empty()) return fail(Errc::corrupt, "{} bytes behind the message", rest_.size());
    return {};
  }

 private:
  Result<Bytes> raw(std::size_t size, std::string_view what) {
    if (size > rest_.size()) return fail(Errc::corrupt, "{}: {} bytes, but only {} are left", what, size, rest_.size());
    const Bytes taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }

  Bytes rest_;
};

bool is_uuid_or_empty(std::string_view text) noexcept {
  return text.empty() || is_uuid(text);
}

Result<Message> read_join(Reader& reader) {
  JoinRequest message;
  ASTERISM_CHECK(reader.version());
  ASTERISM_TRY(message.node, reader.name(is_node_name, "node name"));
  ASTERISM_TRY(message.disk_uuid, reader.name(is_uuid_or_empty, "disk UUID"));
  ASTERISM_TRY(const auto csr, reader.field(csr_bytes_max, "CSR"));
  if (csr.empty()) return fail(Errc::corrupt, "CSR: empty");
  message.csr.assign(csr.begin(), csr.end());
  return message;
}

Result<Message> read_joined(Reader& reader) {
  JoinAnswer message;
  ASTERISM_TRY(message.node, reader.name(is_node_name, "node name"));
  ASTERISM_TRY(message.cluster, reader.name(is_cluster_id, "cluster"));
  ASTERISM_TRY(message.api_endpoint, reader.text(endpoint_bytes_max, "API endpoint"));
  if (!message.api_endpoint.starts_with("https://") ||
      message.api_endpoint.find_first_of(" \"'\\") != std::string::npos)
    return fail(Errc::corrupt, "API endpoint: '{}' is no https address", message.api_endpoint);
  ASTERISM_TRY(message.ca_pem, reader.pem("CA"));
  ASTERISM_TRY(message.certificate_pem, reader.pem("certificate"));
  ASTERISM_TRY(message.disk_key, reader.key("disk key"));
  ASTERISM_TRY(const auto dns_servers, reader.text(dns_bytes_max, "DNS servers"));
  ASTERISM_TRY(const auto dns_domain, reader.text(dns_bytes_max, "DNS domain"));
  ASTERISM_TRY(message.dns, parse_cluster_dns(dns_servers, dns_domain));
  return message;
}

Result<Message> read_refused(Reader& reader) {
  Refusal message;
  ASTERISM_TRY(const auto code, reader.number(1, "code"));
  if (code < 1 || code > 5) return fail(Errc::corrupt, "code {}", code);
  message.code = RefusalCode{static_cast<std::uint8_t>(code)};
  ASTERISM_TRY(const auto wait, reader.number(4, "seconds to wait"));
  message.retry_after_seconds = static_cast<std::uint32_t>(wait);
  ASTERISM_TRY(message.reason, reader.text(reason_bytes_max, "reason"));
  return message;
}

Result<Message> read_list(Reader& reader) {
  MembersList message;
  ASTERISM_TRY(const auto key, reader.field(512, "key"));
  ASTERISM_TRY(const auto signature, reader.field(256, "signature"));
  ASTERISM_TRY(const auto size, reader.number(4, "size"));
  if (size > list_bytes_max) return fail(Errc::corrupt, "a list of {} bytes (at most {})", size, list_bytes_max);
  message.key.assign(key.begin(), key.end());
  message.signature.assign(signature.begin(), signature.end());
  message.size_bytes = static_cast<std::uint32_t>(size);
  return message;
}

Result<Message> read_piece(Reader& reader) {
  ASTERISM_TRY(const auto bytes, reader.field(piece_bytes_max, "piece"));
  if (bytes.empty()) return fail(Errc::corrupt, "an empty piece");
  return Piece{.bytes = {bytes.begin(), bytes.end()}};
}

Result<Message> read_members(Reader& reader) {
  ASTERISM_CHECK(reader.version());
  return MembersRequest{};
}

Result<Message> read_disk_wanted(Reader& reader) {
  DiskWanted message;
  ASTERISM_CHECK(reader.version());
  ASTERISM_TRY(message.node, reader.name(is_node_name, "node name"));
  ASTERISM_TRY(message.disk_uuid, reader.name(is_uuid, "disk UUID"));
  return message;
}

Result<Message> read_disk_key(Reader& reader) {
  DiskKey message;
  ASTERISM_TRY(message.disk_uuid, reader.name(is_uuid, "disk UUID"));
  ASTERISM_TRY(message.key, reader.key("disk key"));
  if (message.key.size() == 0) return fail(Errc::corrupt, "disk key: missing");
  return message;
}

Result<Message> read_any(Reader& reader) {
  ASTERISM_TRY(const auto type, reader.number(1, "type"));
  switch (Type{static_cast<std::uint8_t>(type)}) {
    case Type::join:
      return read_join(reader);
    case Type::joined:
      return read_joined(reader);
    case Type::refused:
      return read_refused(reader);
    case Type::members:
      return read_members(reader);
    case Type::list:
      return read_list(reader);
    case Type::piece:
      return read_piece(reader);
    case Type::disk_wanted:
      return read_disk_wanted(reader);
    case Type::disk_key:
      return read_disk_key(reader);
    case Type::disk_key_taken:
      return DiskKeyTaken{};
  }
  return fail(Errc::unsupported, "a message of type {}", type);
}

std::vector<std::byte> write(const JoinRequest& m) {
  Writer out{Type::join};
  out.number(protocol_version, 1);
  out.field(m.node);
  out.field(m.disk_uuid);
  out.field(m.csr);
  return out.take();
}

std::vector<std::byte> write(const JoinAnswer& m) {
  Writer out{Type::joined};
  for (const std::string* text : {&m.node, &m.cluster, &m.api_endpoint, &m.ca_pem, &m.certificate_pem})
    out.field(*text);
  out.field(m.disk_key.bytes());
  out.field(servers_text(m.dns));
  out.field(m.dns.domain);
  return out.take();
}

std::vector<std::byte> write(const Refusal& m) {
  Writer out{Type::refused};
  out.number(static_cast<std::uint64_t>(m.code), 1);
  out.number(m.retry_after_seconds, 4);
  out.field(printable(m.reason).substr(0, reason_bytes_max));
  return out.take();
}

std::vector<std::byte> write(const MembersRequest& /*message*/) {
  Writer out{Type::members};
  out.number(protocol_version, 1);
  return out.take();
}

std::vector<std::byte> write(const MembersList& m) {
  Writer out{Type::list};
  out.field(m.key);
  out.field(m.signature);
  out.number(m.size_bytes, 4);
  return out.take();
}

std::vector<std::byte> write(const Piece& m) {
  Writer out{Type::piece};
  out.field(m.bytes);
  return out.take();
}

std::vector<std::byte> write(const DiskWanted& m) {
  Writer out{Type::disk_wanted};
  out.number(protocol_version, 1);
  out.field(m.node);
  out.field(m.disk_uuid);
  return out.take();
}

std::vector<std::byte> write(const DiskKey& m) {
  Writer out{Type::disk_key};
  out.field(m.disk_uuid);
  out.field(m.key.bytes());
  return out.take();
}

std::vector<std::byte> write(const DiskKeyTaken& /*message*/) {
  return Writer{Type::disk_key_taken}.take();
}

}  // namespace

std::string_view to_string(RefusalCode code) noexcept {
  switch (code) {
    case RefusalCode::evidence:
      return "evidence";
    case RefusalCode::name:
      return "name";
    case RefusalCode::request:
      return "request";
    case RefusalCode::rate:
      return "rate";
    case RefusalCode::unavailable:
      return "unavailable";
  }
  return "";
}

Result<Message> parse_message(Bytes bytes) {
  if (bytes.size() > message_bytes_max) return fail(Errc::corrupt, "a message of {} bytes", bytes.size());
  Reader reader{bytes};
  ASTERISM_TRY(auto message, read_any(reader), "message");
  ASTERISM_CHECK(reader.finish());
  return message;
}

Result<std::vector<std::byte>> encode(const Message& message) {
  auto bytes = std::visit([](const auto& m) { return write(m); }, message);
  // What the other side would refuse is not sent, whatever made it.
  if (const auto parsed = parse_message(bytes); !parsed) {
    wipe(bytes);
    return fail(Errc::usage, "cannot be sent: {}", parsed.error().message());
  }
  return bytes;
}

bool is_node_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 63 && name.front() != '-' && name.back() != '-' &&
         std::ranges::all_of(name, [](char c) { return is_small_alnum(c) || c == '-'; });
}

bool is_cluster_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= 63 &&
         std::ranges::all_of(id, [](char c) { return is_small_alnum(c) || c == '-' || c == '.'; });
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

}  // namespace asterism::join
