// SPDX-License-Identifier: Apache-2.0
#include "event-log/tcg_log.hpp"

#include <algorithm>

#include "event-log/event_type.hpp"

namespace asterism::event_log {
namespace {

constexpr std::uint32_t pcr_count = 24;
constexpr std::uint32_t tdx_register_count = 5;
constexpr std::uint32_t no_register = ~std::uint32_t{0};
constexpr std::string_view signature_agile{"Spec ID Event03\0", 16};
constexpr std::string_view signature_prefix = "Spec ID Event";
constexpr std::uint64_t sha1_bytes = 20;
constexpr std::uint64_t header_data_at = 32;  // behind register, type, SHA-1 digest and size
constexpr std::uint64_t spec_fixed_bytes = 28;

/// The length that a known algorithm must have; 0 for unknown ones, whose length only the header tells.
std::uint16_t known_size(std::uint16_t algorithm) {
  switch (algorithm) {
    case algorithm_sha1:
      return 20;
    case algorithm_sha256:
    case algorithm_sm3_256:
    case algorithm_sha3_256:
      return 32;
    case algorithm_sha384:
    case algorithm_sha3_384:
      return 48;
    case algorithm_sha512:
    case algorithm_sha3_512:
      return 64;
    default:
      return 0;
  }
}

bool all_of(Bytes bytes, std::byte value) {
  return std::ranges::all_of(bytes, [&](std::byte b) { return b == value; });
}

/// Reads one field after the other.
class Reader {
 public:
  explicit Reader(const ByteView& log, std::uint64_t at) : log_{&log}, at_{at} {}

  Result<std::uint16_t> u16(std::string_view what) {
    at_ += 2;
    return log_->u16(at_ - 2, what);
  }
  Result<std::uint32_t> u32(std::string_view what) {
    at_ += 4;
    return log_->u32(at_ - 4, what);
  }
  Result<Bytes> bytes(std::uint64_t size, std::string_view what) {
    ASTERISM_TRY(const auto view, log_->sub(at_, size, what));
    at_ += size;
    return view.bytes();
  }
  [[nodiscard]] std::uint64_t at() const noexcept { return at_; }
  [[nodiscard]] std::uint64_t offset() const noexcept { return log_->origin() + at_; }

 private:
  const ByteView* log_;
  std::uint64_t at_;
};

/// Data of an event behind its size field; one place for the limit.
Result<Bytes> read_data(Reader& reader, std::string_view what) {
  const std::uint64_t size_at = reader.offset();
  ASTERISM_TRY(const std::uint32_t size, reader.u32(what));
  if (size > event_bytes_max) {
    return fail(Errc::unsupported, "{} at offset {:#x} claims {} bytes of data (limit {})", what, size_at, size,
                event_bytes_max);
  }
  return reader.bytes(size, what);
}

/// Says why a first record is not the header of a crypto-agile log: what people have here is often a log of TPM 1.2.
std::unexpected<Error> refuse_first_record(const ByteView& log, std::uint32_t pcr, std::uint32_t type, Bytes data) {
  if (pcr < pcr_count && type == event_type::no_action && as_text(data).starts_with(signature_prefix)) {
    const auto name = as_text(data.first(std::min<std::size_t>(data.size(), 15)));
    return std::unexpected{Error{Errc::unsupported, std::format("the log's header at offset {:#x} is '{}': a SHA-1 log "
                                                                "as of TPM 1.2",
                                                                log.origin(), printable(name))}
                               .advise("take the crypto-agile log ('Spec ID Event03') of a TPM 2.0")};
  }
  if (pcr < pcr_count && is_known_event_type(type)) {
    return std::unexpected{
        Error{Errc::unsupported, std::format("the log begins with a SHA-1 record ({}) at offset {:#x} instead of the "
                                             "header 'Spec ID Event03': a log of TPM 1.2, or its header was cut off",
                                             event_type_name(type), log.origin())}
            .advise("take the crypto-agile log of a TPM 2.0, from its start")};
  }
  return fail(Errc::corrupt, "no event log: no header 'Spec ID Event03' at offset {:#x}", log.origin());
}

Result<SpecId> parse_spec_id(const ByteView& data) {
  SpecId spec;
  ASTERISM_TRY(spec.platform_class, data.u32(16, "platform class"));
  ASTERISM_TRY(spec.version_minor, data.u8(20, "minor version"));
  ASTERISM_TRY(spec.version_major, data.u8(21, "major version"));
  ASTERISM_TRY(spec.errata, data.u8(22, "errata"));
  ASTERISM_TRY(spec.uintn_size, data.u8(23, "UINTN size"));
  ASTERISM_TRY(const std::uint32_t count, data.u32(24, "number of algorithms"));
  if (spec.version_major != 2) {
    return fail(Errc::unsupported, "the log's header at offset {:#x} has version {}.{}, not 2.x", data.origin(),
                spec.version_major, spec.version_minor);
  }
  if (count == 0 || count > algorithms_max) {
    return fail(count == 0 ? Errc::corrupt : Errc::unsupported,
                "the log's header at offset {:#x} declares {} hash algorithms (limit {})", data.origin() + 24, count,
                algorithms_max);
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t at = spec_fixed_bytes + std::uint64_t{4} * i;
    AlgorithmSize algorithm;
    ASTERISM_TRY(algorithm.id, data.u16(at, "hash algorithm"));
    ASTERISM_TRY(algorithm.size_bytes, data.u16(at + 2, "digest size"));
    const std::uint16_t known = known_size(algorithm.id);
    const bool wrong = known != 0 ? algorithm.size_bytes != known
                                  : algorithm.size_bytes == 0 || algorithm.size_bytes > known_size(algorithm_sha512);
    if (wrong) {
      return fail(Errc::corrupt, "the log's header at offset {:#x} gives {} digests of {} bytes", data.origin() + at,
                  algorithm_name(algorithm.id), algorithm.size_bytes);
    }
    if (std::ranges::contains(spec.algorithms, algorithm.id, &AlgorithmSize::id)) {
      return fail(Errc::corrupt, "the log's header at offset {:#x} declares {} twice", data.origin() + at,
                  algorithm_name(algorithm.id));
    }
    spec.algorithms.push_back(algorithm);
  }
  const std::uint64_t vendor_at = spec_fixed_bytes + std::uint64_t{4} * count;
  ASTERISM_TRY(const std::uint64_t vendor_size, data.u8(vendor_at, "vendor data size"));
  ASTERISM_TRY(const auto vendor, data.sub(vendor_at + 1, vendor_size, "vendor data"));
  spec.vendor = vendor.bytes();
  if (vendor_at + 1 + vendor_size != data.size()) {
    return fail(Errc::corrupt, "the log's header ends at offset {:#x}, but its record at {:#x}",
                data.origin() + vendor_at + 1 + vendor_size, data.origin() + data.size());
  }
  return spec;
}

Result<SpecId> parse_header(const ByteView& log, Reader& reader) {
  ASTERISM_TRY(const auto pcr, reader.u32("the log's header"));
  ASTERISM_TRY(const auto type, reader.u32("the log's header"));
  ASTERISM_TRY(const auto digest, reader.bytes(sha1_bytes, "the log's header"));
  const auto data = read_data(reader, "the log's header");
  if (!data) {  // what is no log at all has any size there
    if (pcr >= pcr_count || !is_known_event_type(type)) return refuse_first_record(log, pcr, type, {});
    return std::unexpected{data.error()};
  }
  if (pcr >= pcr_count || type != event_type::no_action || !as_text(*data).starts_with(signature_agile)) {
    return refuse_first_record(log, pcr, type, *data);
  }
  if (!all_of(digest, std::byte{0})) {
    return fail(Errc::corrupt, "the log's header at offset {:#x} has a digest", log.origin());
  }
  return parse_spec_id(ByteView{*data, log.origin() + header_data_at});
}

Result<> check_register(const LoggedEvent& event, RegisterSet set) {
  const bool unextended = event.type == event_type::no_action;
  if (unextended && event.register_number == no_register) return {};
  const std::uint32_t count = set == RegisterSet::tpm ? pcr_count : tdx_register_count;
  if (event.register_number >= count) {
    return fail(Errc::corrupt, "the event at offset {:#x} is for register {}, and there are {}", event.offset,
                event.register_number, count);
  }
  if (set == RegisterSet::tdx && event.register_number == 0 && !unextended) {
    return fail(Errc::corrupt, "the event at offset {:#x} extends MRTD, which nothing can extend", event.offset);
  }
  return {};
}

Result<LoggedEvent> parse_event(Reader& reader, const EventLog& log) {
  LoggedEvent event;
  event.offset = reader.offset();
  ASTERISM_TRY(event.register_number, reader.u32("an event"));
  ASTERISM_TRY(event.type, reader.u32("an event"));
  ASTERISM_CHECK(check_register(event, log.registers));
  ASTERISM_TRY(const auto count, reader.u32("an event"));
  if (count != log.spec.algorithms.size()) {
    return fail(Errc::corrupt, "the event at offset {:#x} has {} digests, and the header declares {} algorithms",
                event.offset, count, log.spec.algorithms.size());
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    ASTERISM_TRY(const auto algorithm, reader.u16("a digest"));
    const auto declared = std::ranges::find(log.spec.algorithms, algorithm, &AlgorithmSize::id);
    if (declared == log.spec.algorithms.end() || event.digest(algorithm)) {
      return fail(Errc::corrupt, "the event at offset {:#x} has a digest of {}, which the header {}", event.offset,
                  algorithm_name(algorithm), event.digest(algorithm) ? "declares once" : "does not declare");
    }
    ASTERISM_TRY(const auto bytes, reader.bytes(declared->size_bytes, "a digest"));
    event.digests.push_back({.algorithm = algorithm, .bytes = bytes});
  }
  ASTERISM_TRY(event.data, read_data(reader, "an event"));
  return event;
}

bool is_unused(Bytes rest) {
  return all_of(rest, std::byte{0xff}) || all_of(rest, std::byte{0});
}

}  // namespace

Result<EventLog> parse_tcg_log(const ByteView& log, RegisterSet registers) {
  if (log.size() > log_bytes_max) {
    return fail(Errc::unsupported, "the log has {} bytes (limit {})", log.size(), log_bytes_max);
  }
  EventLog result{.registers = registers, .spec = {}, .events = {}, .size_bytes = 0};
  Reader reader{log, 0};
  ASTERISM_TRY(result.spec, parse_header(log, reader));
  // An unused tail is looked for only where a record could begin with it, so that the whole stays linear.
  while (reader.at() < log.size()) {
    const Bytes rest = log.bytes().subspan(static_cast<std::size_t>(reader.at()));
    const Bytes head = rest.first(std::min<std::size_t>(rest.size(), 16));
    if (is_unused(head)) {
      if (is_unused(rest)) break;
      return fail(Errc::corrupt, "the log ends at offset {:#x}, but not all behind it is unused", reader.offset());
    }
    if (result.events.size() >= events_max) {
      return fail(Errc::unsupported, "more than {} events, at offset {:#x}", events_max, reader.offset());
    }
    ASTERISM_TRY(auto event, parse_event(reader, result));
    result.events.push_back(std::move(event));
  }
  result.size_bytes = reader.at();
  return result;
}

Result<EventLog> parse_event_log(const ByteView& log) {
  const auto header_register = log.u32(0, "the log's header");
  return parse_tcg_log(log, header_register && *header_register == 1 ? RegisterSet::tdx : RegisterSet::tpm);
}

}  // namespace asterism::event_log
