// SPDX-License-Identifier: Apache-2.0
#include "event-log/device_path.hpp"

#include <algorithm>

#include "common/guid.hpp"
#include "event-log/text.hpp"

namespace asterism::event_log {
namespace {

constexpr std::uint64_t node_header_bytes = 4;
constexpr std::size_t nodes_max = 64;
constexpr std::size_t text_max = 4096;
constexpr std::uint8_t type_end = 0x7f;

/// Node type and subtype in one number, as tables of the specification have them.
constexpr unsigned node(unsigned type, unsigned subtype) {
  return (type << 8U) | subtype;
}

Result<std::string> acpi_node(const ByteView& body) {
  ASTERISM_TRY(const auto hid, body.u32(0, "ACPI device path node"));
  ASTERISM_TRY(const auto uid, body.u32(4, "ACPI device path node"));
  if (hid == 0x0a03'41d0) return std::format("PciRoot({:#x})", uid);
  if (hid == 0x0a08'41d0) return std::format("PcieRoot({:#x})", uid);
  return std::format("Acpi({:#x},{:#x})", hid, uid);
}

Result<std::string> hard_drive_node(const ByteView& body) {
  ASTERISM_TRY(const auto number, body.u32(0, "hard drive node"));
  ASTERISM_TRY(const auto signature, Guid::read(body, 20, "hard drive node"));
  ASTERISM_TRY(const auto kind, body.u8(37, "hard drive node"));
  if (kind == 2) return std::format("HD({},{})", number, signature.to_string());
  return std::format("HD({},{})", number, to_hex(Bytes{signature.bytes}.first(4)));
}

Result<std::string> guid_node(const ByteView& body, std::string_view name) {
  ASTERISM_TRY(const auto guid, Guid::read(body, 0, "device path node with a GUID"));
  return std::format("{}({})", name, guid.to_string());
}

Result<std::string> memory_node(const ByteView& body) {
  ASTERISM_TRY(const auto kind, body.u32(0, "memory node"));
  ASTERISM_TRY(const auto first, body.u64(4, "memory node"));
  ASTERISM_TRY(const auto last, body.u64(12, "memory node"));
  return std::format("MemoryMapped({:#x},{:#x},{:#x})", kind, first, last);
}

Result<std::string> node_text(unsigned kind, const ByteView& body) {
  switch (kind) {
    case node(1, 1): {
      ASTERISM_TRY(const auto function, body.u8(0, "PCI node"));
      ASTERISM_TRY(const auto device, body.u8(1, "PCI node"));
      return std::format("Pci({:#x},{:#x})", device, function);
    }
    case node(1, 3):
      return memory_node(body);
    case node(1, 4):
      return guid_node(body, "VenHw");
    case node(2, 1):
      return acpi_node(body);
    case node(3, 2): {
      ASTERISM_TRY(const auto target, body.u16(0, "SCSI node"));
      ASTERISM_TRY(const auto lun, body.u16(2, "SCSI node"));
      return std::format("Scsi({:#x},{:#x})", target, lun);
    }
    case node(3, 5): {
      ASTERISM_TRY(const auto port, body.u8(0, "USB node"));
      ASTERISM_TRY(const auto interface, body.u8(1, "USB node"));
      return std::format("USB({:#x},{:#x})", port, interface);
    }
    case node(3, 11): {
      ASTERISM_TRY(const auto address, body.sub(0, 6, "MAC node"));
      return std::format("MAC({})", to_hex(address.bytes()));
    }
    case node(3, 12):
      return std::string{"IPv4()"};
    case node(3, 13):
      return std::string{"IPv6()"};
    case node(3, 18): {
      ASTERISM_TRY(const auto port, body.u16(0, "SATA node"));
      return std::format("Sata({:#x})", port);
    }
    case node(3, 23): {
      ASTERISM_TRY(const auto name_space, body.u32(0, "NVMe node"));
      return std::format("NVMe({:#x})", name_space);
    }
    case node(3, 24):
      return std::format("Uri({})", narrow_text(body.bytes()));
    case node(4, 1):
      return hard_drive_node(body);
    case node(4, 2): {
      ASTERISM_TRY(const auto entry, body.u32(0, "CD-ROM node"));
      return std::format("CDROM({:#x})", entry);
    }
    case node(4, 3):
      return guid_node(body, "VenMedia");
    case node(4, 4):
      return utf16_text(body.bytes());
    case node(4, 6):
      return guid_node(body, "FvFile");
    case node(4, 7):
      return guid_node(body, "Fv");
    default:
      return std::format("Path({},{},{})", kind >> 8U, kind & 0xffU,
                         to_hex(body.bytes().first(std::min<std::size_t>(body.size(), 32))));
  }
}

}  // namespace

Result<std::string> device_path_text(const ByteView& path) {
  std::string text;
  std::size_t nodes = 0;
  for (std::uint64_t at = 0; at < path.size();) {
    ASTERISM_TRY(const unsigned type, path.u8(at, "device path node"));
    ASTERISM_TRY(const unsigned subtype, path.u8(at + 1, "device path node"));
    ASTERISM_TRY(const std::uint64_t size, path.u16(at + 2, "device path node"));
    if (size < node_header_bytes) {
      return fail(Errc::corrupt, "device path node at offset {:#x} has {} bytes", path.origin() + at, size);
    }
    ASTERISM_TRY(const auto whole, path.sub(at, size, "device path node"));
    if (type == type_end && subtype == 0xff) break;
    if (++nodes > nodes_max || text.size() > text_max) {
      return fail(Errc::unsupported, "device path of more than {} nodes or {} characters", nodes_max, text_max);
    }
    ASTERISM_TRY(const auto body, whole.sub(node_header_bytes, size - node_header_bytes, "device path node"));
    ASTERISM_TRY(const auto one, node_text(node(type, subtype), body));
    if (!text.empty()) text += '/';
    text += one;
    at += size;
  }
  return text;
}

}  // namespace asterism::event_log
