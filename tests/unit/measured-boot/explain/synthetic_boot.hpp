// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "event-log/event_log.hpp"
#include "measured-boot/prediction.hpp"

namespace asterism::measured_boot::testing {

/// How a boot differs from a plain one: words and values, e.g. {"uki.linux", "other"}, {"sb", "off"}.
using Alterations = std::map<std::string, std::string>;

/// Reads "sb=off append='a b' attempt": a word without a value has the value "".
[[nodiscard]] Alterations parse_alterations(const std::string& text);

/// Files of an image: loader and UKI, with the alterations whose names start with "uki." or "loader".
struct SyntheticImage {
  explicit SyntheticImage(const Alterations& alterations);

  std::vector<std::byte> loader;  ///< empty: the firmware starts the UKI
  std::vector<std::byte> uki;

  [[nodiscard]] Measurements measure(unsigned profile = 0) const;
};

/// The Secure Boot variables of a boot.
[[nodiscard]] SecureBootVariables synthetic_variables(const Alterations& alterations);

/// One event as a log has it.
struct SyntheticEvent {
  std::uint32_t number = 0;
  std::uint32_t type = 0;
  BankDigests digests;
  std::vector<std::byte> data;
};

/// What a boot with these alterations leaves behind.
struct SyntheticBoot {
  SyntheticBoot(const Alterations& alterations, event_log::RegisterSet set);

  std::vector<SyntheticEvent> firmware;
  std::string userspace;  ///< systemd's log

  [[nodiscard]] std::vector<std::byte> log() const;

 private:
  event_log::RegisterSet set_;
};

}  // namespace asterism::measured_boot::testing
