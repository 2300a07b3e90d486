// SPDX-License-Identifier: Apache-2.0
// TPM logs.
#include <span>

#include "event-log/tcg_log.hpp"
#include "log_contract.hpp"

using namespace asterism;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span{data, size});
  const auto log = event_log::parse_event_log(ByteView{input});
  if (log) {
    testing::check_log(*log, input);
  } else {
    testing::require_refusal(log.error());
  }
  return 0;
}
