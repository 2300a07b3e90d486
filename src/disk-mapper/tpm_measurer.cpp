// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/tpm_measurer.hpp"

#include "event-log/userspace_record.hpp"

namespace asterism::disk_mapper {

Result<> TpmMeasurer::measure(const std::string& event) {
  ASTERISM_TRY(const auto banks, tpm_->active_banks());
  ASTERISM_CHECK(event_log::log_userspace_event(log_, state_disk_pcr, banks, "state-disk", event));
  ASTERISM_CHECK(tpm_->extend(state_disk_pcr, as_bytes(event)), "extending PCR {}", state_disk_pcr);
  return {};
}

}  // namespace asterism::disk_mapper
