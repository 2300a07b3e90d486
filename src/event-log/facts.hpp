// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/bytes.hpp"

namespace asterism::event_log {

// What the data of an event says, by type. All texts are printable ASCII. All of it is a claim of the log: see
// data_check.hpp for whether the event's digest covers it.

/// UEFI_VARIABLE_DATA; `value` is `data` in words where its meaning is known (BootOrder, Boot####, SecureBoot).
struct VariableFacts {
  std::string vendor;
  std::string name;
  Bytes data;
  std::string value;
};

/// UEFI_IMAGE_LOAD_EVENT. The digest is that of the image, which the log does not hold; the path proves nothing.
struct ImageFacts {
  std::uint64_t address = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t link_address = 0;
  std::string path;
};

/// A used entry of UEFI_GPT_DATA.
struct GptEntry {
  std::string type;
  std::string unique;
  std::uint64_t first_sector = 0;
  std::uint64_t last_sector = 0;
  std::string label;
};

/// UEFI_GPT_DATA.
struct GptFacts {
  std::string disk;
  std::vector<GptEntry> partitions;
};

/// EV_SEPARATOR. Only 0 and 0xffffffff stand for "no error".
struct SeparatorFacts {
  std::uint32_t value = 0;
  [[nodiscard]] bool is_error() const noexcept { return value != 0 && value != ~std::uint32_t{0}; }
};

/// Text: actions, EV_IPL, version of the CRTM, EV_POST_CODE and others.
struct TextFacts {
  std::string text;
};

/// TCG_PCClientTaggedEvent.
struct TaggedFacts {
  std::uint32_t id = 0;
  Bytes data;
  std::string text;
};

/// UEFI_PLATFORM_FIRMWARE_BLOB and ..._BLOB2.
struct FirmwareBlobFacts {
  std::string description;
  std::uint64_t address = 0;
  std::uint64_t size_bytes = 0;
};

/// UEFI_HANDOFF_TABLE_POINTERS and ...2: GUID and address of each table.
struct HandoffFacts {
  std::string description;
  std::vector<std::pair<std::string, std::uint64_t>> tables;
};

/// EV_NO_ACTION "StartupLocality": where PCR 0 started.
struct StartupLocalityFacts {
  std::uint8_t locality = 0;
};

/// Any other EV_NO_ACTION, by its 16-byte signature.
struct NoActionFacts {
  std::string signature;
  std::uint64_t size_bytes = 0;
};

/// A type whose data has no rule here.
struct OpaqueFacts {
  std::uint64_t size_bytes = 0;
};

/// Data that breaks the rules of its type. The digest still counts; nothing of the data does.
struct MalformedFacts {
  std::string reason;
};

using Facts =
    std::variant<VariableFacts, ImageFacts, GptFacts, SeparatorFacts, TextFacts, TaggedFacts, FirmwareBlobFacts,
                 HandoffFacts, StartupLocalityFacts, NoActionFacts, OpaqueFacts, MalformedFacts>;

/// One line for people, at most some hundred characters: "SecureBoot = on", "\EFI\BOOT\BOOTX64.EFI, 123 bytes".
[[nodiscard]] std::string to_text(const Facts& facts);

}  // namespace asterism::event_log
