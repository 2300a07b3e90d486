// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "attestation/evidence/measured.hpp"
#include "tpm/tpm.hpp"

namespace asterism::attestation {

/// systemd's log of what userspace measured in this boot.
inline constexpr const char* userspace_log_path = "/run/log/systemd/tpm2-measure.log";

/// Measures words into PCR 15 and notes them in the log first, as systemd does: a log without the extension is noticed,
/// an extension without a log would be unexplained.
/// @errors `io` from the log; those of the TPM.
[[nodiscard]] Result<> measure_words(tpm::Pcrs& pcrs, const std::string& log, const std::string& event_type,
                                     const std::string& words);

/// What the log says about PCR 15, in one bank. No log means that nothing was measured.
/// @errors those of event_log::parse_userspace_log(); `io`; `unsupported` without digests of that bank.
[[nodiscard]] Result<std::vector<MeasuredEvent>> read_measured_events(const std::string& log, HashAlgorithm bank);

}  // namespace asterism::attestation
