// SPDX-License-Identifier: Apache-2.0
// What either side receives: whatever is accepted is written back as the same bytes.
#include <span>

#include "contract.hpp"
#include "join/message.hpp"

using namespace asterism;
using testing::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span{data, size});
  const auto message = join::parse_message(input);
  if (!message) {
    testing::require_refusal(message.error());
    return 0;
  }
  const auto again = join::encode(*message);
  require(again.has_value(), "what was accepted can be sent");
  require(std::ranges::equal(*again, input), "one message has one form");
  return 0;
}
