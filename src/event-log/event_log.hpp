// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/bytes.hpp"

namespace asterism::event_log {

// What a log may cost. A real one has 100 to 300 events in 64 or 256 KiB.
inline constexpr std::uint64_t log_bytes_max = std::uint64_t{4} << 20;
inline constexpr std::uint64_t event_bytes_max = std::uint64_t{1} << 20;
inline constexpr std::size_t events_max = 16'384;
inline constexpr std::uint32_t algorithms_max = 8;

// Hash algorithms by their TPM number. @source TCG Algorithm Registry 1.34, table 3.
inline constexpr std::uint16_t algorithm_sha1 = 0x4;
inline constexpr std::uint16_t algorithm_sha256 = 0xb;
inline constexpr std::uint16_t algorithm_sha384 = 0xc;
inline constexpr std::uint16_t algorithm_sha512 = 0xd;
inline constexpr std::uint16_t algorithm_sm3_256 = 0x12;
inline constexpr std::uint16_t algorithm_sha3_256 = 0x27;
inline constexpr std::uint16_t algorithm_sha3_384 = 0x28;
inline constexpr std::uint16_t algorithm_sha3_512 = 0x29;

/// "sha384", or "0x1234" for an unknown number.
[[nodiscard]] std::string algorithm_name(std::uint16_t id);

/// What the register numbers of a log mean.
enum class RegisterSet : std::uint8_t {
  tpm,  ///< PCR 0 to 23
  tdx,  ///< 0 is MRTD, n is RTMR n-1
};

/// "PCR 4", "RTMR 1", "MRTD"; 0xffffffff (a no-action event that belongs nowhere) is "no register".
[[nodiscard]] std::string register_name(RegisterSet set, std::uint32_t number);

/// A hash algorithm as the log's header declares it.
struct AlgorithmSize {
  std::uint16_t id = 0;
  std::uint16_t size_bytes = 0;
  friend bool operator==(const AlgorithmSize&, const AlgorithmSize&) = default;
};

/// The header (TCG_EfiSpecIDEvent).
struct SpecId {
  std::uint32_t platform_class = 0;
  std::uint8_t version_major = 2;
  std::uint8_t version_minor = 0;
  std::uint8_t errata = 0;      ///< since 1.05 the revision of the profile, e.g. 106
  std::uint8_t uintn_size = 2;  ///< 1: 32-bit, 2: 64-bit
  std::vector<AlgorithmSize> algorithms;
  Bytes vendor;
};

/// One digest of an event; `bytes` is as long as the header says for the algorithm.
struct LoggedDigest {
  std::uint16_t algorithm = 0;
  Bytes bytes;
};

/// One record. Only the digests can be checked against a register; type and data are claims.
struct LoggedEvent {
  std::uint64_t offset = 0;  ///< of the record in the log
  std::uint32_t register_number = 0;
  std::uint32_t type = 0;
  std::vector<LoggedDigest> digests;  ///< one for each of the header's algorithms
  Bytes data;

  /// The digest of an algorithm, or nothing.
  [[nodiscard]] const LoggedDigest* digest(std::uint16_t algorithm) const noexcept;
};

/// A parsed log; refers to the bytes it was parsed from.
struct EventLog {
  RegisterSet registers = RegisterSet::tpm;
  SpecId spec;
  std::vector<LoggedEvent> events;  ///< without the header record
  std::uint64_t size_bytes = 0;     ///< up to the unused tail
};

}  // namespace asterism::event_log
