// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/error.hpp"
#include "event-log/event_log.hpp"
#include "event-log/facts.hpp"

namespace asterism::event_log {

/// What the data of an event says, by the rules of its type. Never fails: data that breaks the rules gives
/// MalformedFacts, since the digest of such an event is still a digest.
/// @param event must outlive the result.
/// @param uintn_bytes 4 or 8, of the firmware (spec.uintn_size * 4), for address fields of old structures.
/// @source TCG PC Client Platform Firmware Profile 1.06, section 10; UEFI 2.10 sections 3.1.3 and 5.3.
[[nodiscard]] Facts decode(const LoggedEvent& event, std::size_t uintn_bytes = 8);

/// Reads UEFI_VARIABLE_DATA. @errors `corrupt` where lengths pass the end or bytes are left over.
[[nodiscard]] Result<VariableFacts> decode_variable(const ByteView& data);

/// Reads UEFI_GPT_DATA. @errors `corrupt` as decode_variable(); `unsupported` for more than 1024 entries.
[[nodiscard]] Result<GptFacts> decode_gpt(const ByteView& data);

}  // namespace asterism::event_log
