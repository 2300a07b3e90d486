// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "attestation/fields.hpp"

namespace asterism::attestation {

/// Which hardware made a report.
enum class TsmKind : std::uint8_t { snp, tdx };

/// What the kernel's trusted security module interface gave.
struct TsmReport {
  TsmKind kind = TsmKind::snp;
  std::vector<std::byte> report;        ///< SNP report or TDX quote
  std::vector<std::byte> certificates;  ///< of SNP, if the host has any; else empty
};

/// Port: reports of the hardware that this guest runs in.
class TsmReports {
 public:
  TsmReports() = default;
  TsmReports(const TsmReports&) = delete;
  TsmReports& operator=(const TsmReports&) = delete;
  TsmReports(TsmReports&&) = delete;
  TsmReports& operator=(TsmReports&&) = delete;
  virtual ~TsmReports() = default;

  /// @errors `unavailable` if there is no such hardware or it does not answer; `unsupported` for another kind;
  ///         `conflict` if somebody else used the same entry meanwhile.
  [[nodiscard]] virtual Result<TsmReport> report(const FixedBytes<64>& report_data) = 0;
};

/// Where configfs has it on a node.
inline constexpr const char* tsm_folder = "/sys/kernel/config/tsm/report";

/// The kernel's interface: one entry (a folder) for each report, removed afterwards.
/// @param make_entry mkdir(2), which makes the kernel fill the entry; tests put something else in its place.
/// @source Linux Documentation/ABI/testing/configfs-tsm-report (6.7 and later).
/// @checked tests/unit/attestation/tsm_test.cpp against a folder that looks like it.
[[nodiscard]] std::unique_ptr<TsmReports> kernel_tsm(std::string folder = tsm_folder,
                                                     std::function<int(const char*)> make_entry = {});

}  // namespace asterism::attestation
