// SPDX-License-Identifier: Apache-2.0
#include "attestation/tdx/tcb_status.hpp"

#include "common/bytes.hpp"

namespace asterism::attestation {
namespace {

constexpr struct {
  TcbStatus status;
  std::string_view name;
} names[] = {{TcbStatus::up_to_date, "UpToDate"},
             {TcbStatus::sw_hardening_needed, "SWHardeningNeeded"},
             {TcbStatus::configuration_needed, "ConfigurationNeeded"},
             {TcbStatus::configuration_and_sw_hardening_needed, "ConfigurationAndSWHardeningNeeded"},
             {TcbStatus::out_of_date, "OutOfDate"},
             {TcbStatus::out_of_date_configuration_needed, "OutOfDateConfigurationNeeded"},
             {TcbStatus::revoked, "Revoked"}};

}  // namespace

std::string_view to_string(TcbStatus status) noexcept {
  for (const auto& row : names) {
    if (row.status == status) return row.name;
  }
  return "Revoked";
}

Result<TcbStatus> parse_tcb_status(std::string_view name) {
  for (const auto& row : names) {
    if (row.name == name) return row.status;
  }
  return fail(Errc::unsupported, "status '{}'", excerpt(name));
}

TcbStatus merge(TcbStatus platform, TcbStatus part) noexcept {
  if (platform == TcbStatus::revoked || part == TcbStatus::revoked) return TcbStatus::revoked;
  const bool configuration =
      platform == TcbStatus::configuration_needed || platform == TcbStatus::configuration_and_sw_hardening_needed ||
      platform == TcbStatus::out_of_date_configuration_needed || part == TcbStatus::configuration_needed ||
      part == TcbStatus::configuration_and_sw_hardening_needed || part == TcbStatus::out_of_date_configuration_needed;
  const bool old = platform >= TcbStatus::out_of_date || part >= TcbStatus::out_of_date;
  if (old) return configuration ? TcbStatus::out_of_date_configuration_needed : TcbStatus::out_of_date;
  const auto hardening = [](TcbStatus status) {
    return status == TcbStatus::sw_hardening_needed || status == TcbStatus::configuration_and_sw_hardening_needed;
  };
  const bool harden = hardening(platform) || hardening(part);
  if (configuration) {
    return harden ? TcbStatus::configuration_and_sw_hardening_needed : TcbStatus::configuration_needed;
  }
  return harden ? TcbStatus::sw_hardening_needed : TcbStatus::up_to_date;
}

}  // namespace asterism::attestation
