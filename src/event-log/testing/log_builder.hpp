// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "common/digest.hpp"
#include "event-log/data_check.hpp"
#include "event-log/event_type.hpp"

namespace asterism::event_log::testing {

/// Writes logs as firmware does: for tests, and for the seeds of fuzzers.
class LogBuilder {
 public:
  using RawDigests = std::vector<std::pair<std::uint16_t, std::vector<std::byte>>>;

  /// @param header_register 0 for a TPM log, 1 for a TDX log.
  explicit LogBuilder(std::vector<AlgorithmSize> algorithms = {{algorithm_sha256, 32}, {algorithm_sha384, 48}},
                      std::uint32_t header_register = 0, std::string_view vendor = {},
                      std::string_view signature = {"Spec ID Event03\0", 16})
      : algorithms_{std::move(algorithms)} {
    std::vector<std::byte> spec;
    append(spec, as_bytes(signature));
    append_le(spec, 0, 4);
    append_le(spec, 0, 1);
    append_le(spec, 2, 1);
    append_le(spec, 105, 1);
    append_le(spec, 2, 1);
    append_le(spec, algorithms_.size(), 4);
    for (const AlgorithmSize& algorithm : algorithms_) {
      append_le(spec, algorithm.id, 2);
      append_le(spec, algorithm.size_bytes, 2);
    }
    append_le(spec, vendor.size(), 1);
    append(spec, as_bytes(vendor));
    append_le(log_, header_register, 4);
    append_le(log_, event_type::no_action, 4);
    log_.resize(log_.size() + 20);
    append_le(log_, spec.size(), 4);
    append(log_, spec);
  }

  /// A record with these digests, whatever they are.
  LogBuilder& raw(std::uint32_t number, std::uint32_t type, const RawDigests& digests, Bytes data) {
    append_le(log_, number, 4);
    append_le(log_, type, 4);
    append_le(log_, digests.size(), 4);
    for (const auto& [algorithm, bytes] : digests) {
      append_le(log_, algorithm, 2);
      append(log_, bytes);
    }
    append_le(log_, data.size(), 4);
    append(log_, data);
    return *this;
  }

  /// A record whose digests are of `measured`, in every bank that can be computed; zeros in others.
  LogBuilder& measure(std::uint32_t number, std::uint32_t type, Bytes measured, Bytes data) {
    RawDigests digests;
    for (const AlgorithmSize& algorithm : algorithms_) {
      std::vector<std::byte> digest(algorithm.size_bytes);
      for (const HashAlgorithm bank : hash_algorithms) {
        if (algorithm_id(bank) == algorithm.id) std::ranges::copy(hash(bank, measured).value().bytes(), digest.begin());
      }
      digests.emplace_back(algorithm.id, std::move(digest));
    }
    return raw(number, type, digests, data);
  }

  /// A record whose digests are of its data.
  LogBuilder& event(std::uint32_t number, std::uint32_t type, Bytes data) { return measure(number, type, data, data); }
  LogBuilder& event(std::uint32_t number, std::uint32_t type, std::string_view data) {
    return event(number, type, as_bytes(data));
  }

  /// EV_NO_ACTION: digests of zeros.
  LogBuilder& no_action(std::uint32_t number, std::string_view data) {
    RawDigests digests;
    for (const AlgorithmSize& algorithm : algorithms_)
      digests.emplace_back(algorithm.id, std::vector<std::byte>(algorithm.size_bytes));
    return raw(number, event_type::no_action, digests, as_bytes(data));
  }

  LogBuilder& separator(std::uint32_t number) {
    return event(number, event_type::separator, std::string_view{"\0\0\0\0", 4});
  }

  /// Bytes behind the last record.
  LogBuilder& tail(std::size_t count, std::byte value = std::byte{0xff}) {
    log_.resize(log_.size() + count, value);
    return *this;
  }

  [[nodiscard]] std::vector<std::byte> build() const { return log_; }

 private:
  std::vector<AlgorithmSize> algorithms_;
  std::vector<std::byte> log_;
};

/// UEFI_VARIABLE_DATA. @param guid 16 bytes.
inline std::vector<std::byte> variable_data(Bytes guid, std::string_view name, Bytes data) {
  std::vector<std::byte> out;
  append(out, guid);
  append_le(out, name.size(), 8);
  append_le(out, data.size(), 8);
  for (const char c : name)
    append_le(out, static_cast<unsigned char>(c), 2);
  append(out, data);
  return out;
}

}  // namespace asterism::event_log::testing
