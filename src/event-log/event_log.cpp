// SPDX-License-Identifier: Apache-2.0
#include "event-log/event_log.hpp"

#include <algorithm>
#include <format>

namespace asterism::event_log {

std::string algorithm_name(std::uint16_t id) {
  switch (id) {
    case algorithm_sha1:
      return "sha1";
    case algorithm_sha256:
      return "sha256";
    case algorithm_sha384:
      return "sha384";
    case algorithm_sha512:
      return "sha512";
    case algorithm_sm3_256:
      return "sm3_256";
    case algorithm_sha3_256:
      return "sha3_256";
    case algorithm_sha3_384:
      return "sha3_384";
    case algorithm_sha3_512:
      return "sha3_512";
    default:
      return std::format("{:#x}", id);
  }
}

std::string register_name(RegisterSet set, std::uint32_t number) {
  if (number == ~std::uint32_t{0}) return "no register";
  if (set == RegisterSet::tpm) return std::format("PCR {}", number);
  return number == 0 ? "MRTD" : std::format("RTMR {}", number - 1);
}

const LoggedDigest* LoggedEvent::digest(std::uint16_t algorithm) const noexcept {
  const auto found = std::ranges::find(digests, algorithm, &LoggedDigest::algorithm);
  return found == digests.end() ? nullptr : &*found;
}

}  // namespace asterism::event_log
