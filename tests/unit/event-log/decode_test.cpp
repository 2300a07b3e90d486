// SPDX-License-Identifier: Apache-2.0
#include "event-log/decode.hpp"

#include <boost/test/unit_test.hpp>

#include "event-log/data_check.hpp"
#include "event-log/facts_json.hpp"
#include "event-log/tcg_log.hpp"
#include "event-log/testing/log_builder.hpp"

using namespace asterism;
using namespace asterism::event_log;
using asterism::event_log::testing::LogBuilder;
using event_log::testing::variable_data;

namespace {

constexpr std::string_view global_guid = "61dfe48bca93d211aa0d00e098032b8c";

std::vector<std::byte> hex(std::string_view text) {
  return from_hex(text).value();
}

std::vector<std::byte> utf16(std::string_view text, bool nul = true) {
  std::vector<std::byte> out;
  for (const char c : text)
    append_le(out, static_cast<unsigned char>(c), 2);
  if (nul) append_le(out, 0, 2);
  return out;
}

std::string text_of(std::uint32_t type, Bytes data) {
  return to_text(decode({.offset = 0, .register_number = 1, .type = type, .digests = {}, .data = data}));
}

std::string text_of(std::uint32_t type, std::string_view data) {
  return text_of(type, as_bytes(data));
}

/// What check_data() says of an event that measured `measured` and logged `data`.
DataCheck check_of(std::uint32_t type, Bytes measured, Bytes data) {
  const auto bytes = LogBuilder{}.measure(1, type, measured, data).build();
  const auto log = parse_tcg_log(ByteView{bytes}, RegisterSet::tpm).value();
  return check_data(log.events.at(0)).value();
}

std::vector<std::byte> load_event(std::uint64_t path_size, Bytes path) {
  std::vector<std::byte> data;
  for (const std::uint64_t value : {0x1000ULL, 0x2000ULL, 0ULL})
    append_le(data, value, 8);
  append_le(data, path_size, 8);
  append(data, path);
  return data;
}

std::vector<std::byte> file_path() {
  auto path = hex("02010c00d041030a00000000010106000001");  // PciRoot(0x0)/Pci(0x1,0x0)
  const auto name = utf16("\\EFI\\BOOT\\BOOTX64.EFI");
  append(path, hex("0404"));
  append_le(path, name.size() + 4, 2);
  append(path, name);
  append(path, hex("7fff0400"));
  return path;
}

bool is_malformed(std::uint32_t type, Bytes data) {
  return text_of(type, data).starts_with("malformed: ");
}

}  // namespace

BOOST_AUTO_TEST_CASE(variables_are_read) {
  const auto guid = hex(global_guid);
  const auto on = variable_data(guid, "SecureBoot", hex("01"));
  BOOST_TEST(text_of(event_type::efi_variable_driver_config, on) == "SecureBoot = on");
  BOOST_TEST(text_of(event_type::efi_variable_driver_config, variable_data(guid, "SecureBoot", hex("00"))) ==
             "SecureBoot = off");
  BOOST_TEST(text_of(event_type::efi_variable_driver_config, variable_data(guid, "SecureBoot", hex("07"))) ==
             "SecureBoot = 0x7");
  BOOST_TEST(text_of(event_type::efi_variable_driver_config, variable_data(guid, "PK", {})) == "PK is empty or absent");
  BOOST_TEST(text_of(event_type::efi_variable_driver_config, variable_data(guid, "db", hex("0102"))) == "db, 2 bytes");
  BOOST_TEST(text_of(event_type::efi_variable_boot, variable_data(guid, "BootOrder", hex("01000a00"))) ==
             "BootOrder = 0001 000A");
  auto option = hex("01000000");
  const auto path = file_path();
  append_le(option, path.size(), 2);
  append(option, utf16("Disk"));
  append(option, path);
  BOOST_TEST(text_of(event_type::efi_variable_boot, variable_data(guid, "Boot0001", option)) ==
             "Boot0001 = 'Disk' PciRoot(0x0)/Pci(0x1,0x0)/\\EFI\\BOOT\\BOOTX64.EFI");
  option.resize(9);
  BOOST_TEST(text_of(event_type::efi_variable_boot, variable_data(guid, "Boot0001", option)) == "Boot0001 = malformed");
  const auto facts = decode_variable(ByteView{on}).value();
  BOOST_TEST(facts.vendor == "8be4df61-93ca-11d2-aa0d-00e098032b8c");
}

BOOST_AUTO_TEST_CASE(variables_with_impossible_lengths_are_malformed) {
  const auto guid = hex(global_guid);
  auto data = variable_data(guid, "PK", hex("00"));
  for (const auto& [at, value] :
       {std::pair{16U, "ffffffffffffffff"}, std::pair{16U, "0000000000000080"}, std::pair{24U, "ffffffffffffffff"},
        std::pair{24U, "0000000000000000"}, std::pair{16U, "0300000000000000"}}) {
    auto changed = data;
    std::ranges::copy(hex(value), changed.begin() + at);
    BOOST_TEST(is_malformed(event_type::efi_variable_driver_config, changed), value);
  }
  for (std::size_t size = 0; size < data.size(); ++size)
    BOOST_TEST(is_malformed(event_type::efi_variable_driver_config, Bytes{data}.first(size)), size);
}

BOOST_AUTO_TEST_CASE(images_are_read) {
  const auto path = file_path();
  BOOST_TEST(text_of(event_type::efi_boot_services_application, load_event(path.size(), path)) ==
             "PciRoot(0x0)/Pci(0x1,0x0)/\\EFI\\BOOT\\BOOTX64.EFI, 8192 bytes");
  BOOST_TEST(text_of(event_type::efi_boot_services_driver, load_event(0, {})) == "image without a path, 8192 bytes");
  BOOST_TEST(is_malformed(event_type::efi_boot_services_application, load_event(path.size() + 1, path)));
  BOOST_TEST(is_malformed(event_type::efi_boot_services_application, load_event(~0ULL, path)));
  BOOST_TEST(is_malformed(event_type::efi_boot_services_application, load_event(4, hex("01010000"))));
  BOOST_TEST(is_malformed(event_type::efi_boot_services_application, load_event(4, hex("01010300"))));
  std::vector<std::byte> deep;
  for (int i = 0; i < 65; ++i)
    append(deep, hex("010106000001"));
  BOOST_TEST(is_malformed(event_type::efi_boot_services_application, load_event(deep.size(), deep)));
  std::vector<std::byte> narrow;  // of 32-bit firmware
  append_le(narrow, 0x1000, 8);
  for (const std::uint32_t value : {0x3000U, 0U, 0U})
    append_le(narrow, value, 4);
  const LoggedEvent event{.offset = 0,
                          .register_number = 4,
                          .type = event_type::efi_boot_services_application,
                          .digests = {},
                          .data = narrow};
  BOOST_TEST(to_text(decode(event, 4)) == "image without a path, 12288 bytes");
}

BOOST_AUTO_TEST_CASE(device_path_nodes_are_named) {
  const struct {
    std::string_view node;
    std::string_view text;
  } rows[] = {
      {"02010c00d041080a02000000", "PcieRoot(0x2)"},
      {"02010c000102030405060708", "Acpi(0x4030201,0x8070605)"},
      {"010318000b00000000100000000000000020000000000000", "MemoryMapped(0xb,0x1000,0x2000)"},
      {"010414008be4df61ca93d211aa0d00e098032b8c", "VenHw(61dfe48b-93ca-11d2-aa0d-00e098032b8c)"},
      {"0302080001000200", "Scsi(0x1,0x2)"},
      {"030506000201", "USB(0x2,0x1)"},
      {"030b2500525400123456000000000000000000000000000000000000000000000000000000", "MAC(525400123456)"},
      {"03120a00050000000000", "Sata(0x5)"},
      {"03171000010000000000000000000000", "NVMe(0x1)"},
      {"03180d00687474703a2f2f610a", "Uri(http://a\\x0a)"},
      {"0402080007000000", "CDROM(0x7)"},
      {"0407140061dfe48bca93d211aa0d00e098032b8c", "Fv(8be4df61-93ca-11d2-aa0d-00e098032b8c)"},
      {"0406140061dfe48bca93d211aa0d00e098032b8c", "FvFile(8be4df61-93ca-11d2-aa0d-00e098032b8c)"},
      {"0909060001ff", "Path(9,9,01ff)"},
  };
  for (const auto& row : rows) {
    const auto path = hex(row.node);
    BOOST_TEST(text_of(event_type::efi_boot_services_application, load_event(path.size(), path)) ==
               std::string{row.text} + ", 8192 bytes");
  }
}

BOOST_AUTO_TEST_CASE(partition_tables_are_read) {
  std::vector<std::byte> data(92);
  std::ranges::copy(hex(global_guid), data.begin() + 56);
  append_le(data, 1, 8);
  std::vector<std::byte> entry(128);
  std::ranges::copy(utf16("esp"), entry.begin() + 56);
  append(data, entry);
  BOOST_TEST(text_of(event_type::efi_gpt_event, data) ==
             "disk 8be4df61-93ca-11d2-aa0d-00e098032b8c, 1 partitions: esp");
  data[92] = std::byte{2};
  BOOST_TEST(is_malformed(event_type::efi_gpt_event, data));
  std::ranges::copy(hex("ffffffffffffffff"), data.begin() + 92);
  BOOST_TEST(is_malformed(event_type::efi_gpt_event, data));
  BOOST_TEST(is_malformed(event_type::efi_gpt_event, Bytes{data}.first(40)));
}

BOOST_AUTO_TEST_CASE(other_types_are_read) {
  BOOST_TEST(text_of(event_type::separator, hex("00000000")) == "value 0x00000000");
  BOOST_TEST(text_of(event_type::separator, hex("ffffffff")) == "value 0xffffffff");
  BOOST_TEST(text_of(event_type::separator, hex("01000000")) == "error, value 0x00000001");
  BOOST_TEST(is_malformed(event_type::separator, hex("0000")));
  BOOST_TEST(text_of(event_type::efi_action, "Calling\x1b[31m") == "'Calling\\x1b[31m'");
  BOOST_TEST(text_of(event_type::s_crtm_version, utf16("v1")) == "'v1'");
  BOOST_TEST(text_of(event_type::ipl, utf16("\x1e"
                                            "a")) == "'\\u{1e}a'");
  BOOST_TEST(text_of(event_type::event_tag, hex("2ab5c8f5030000006f6b00")) == "tag 0xf5c8b52a, 'ok'");
  BOOST_TEST(is_malformed(event_type::event_tag, hex("2ab5c8f5ffffffff6f6b00")));
  BOOST_TEST(is_malformed(event_type::event_tag, hex("2ab5c8f5010000006f6b00")));
  BOOST_TEST(text_of(event_type::efi_platform_firmware_blob, hex("00001000000000000020000000000000")) ==
             "8192 bytes at 0x100000");
  BOOST_TEST(text_of(event_type::efi_platform_firmware_blob2, hex("02467600001000000000000020000000000000")) ==
             "Fv, 8192 bytes at 0x100000");
  BOOST_TEST(is_malformed(event_type::efi_platform_firmware_blob2, hex("ff4676")));
  BOOST_TEST(is_malformed(event_type::efi_platform_firmware_blob, hex("0000100000000000002000000000000000")));
  BOOST_TEST(text_of(event_type::efi_handoff_tables2, hex("0141010000000000000061dfe48bca93d211aa0d00e098032b8c"
                                                          "0010000000000000")) ==
             "A, 1 tables: 8be4df61-93ca-11d2-aa0d-00e098032b8c");
  BOOST_TEST(is_malformed(event_type::efi_handoff_tables, hex("ffffffffffffffff")));
  BOOST_TEST(text_of(event_type::no_action, std::string_view{"StartupLocality\0\3", 17}) == "startup locality 3");
  BOOST_TEST(text_of(event_type::no_action, "SP800-155 Event3") == "'SP800-155 Event3', 16 bytes");
  BOOST_TEST(text_of(0x1234, "xyz") == "3 bytes");
  BOOST_TEST(event_type_name(0x1234) == "0x1234");
  BOOST_TEST(event_type_name(event_type::efi_hcrtm_event) == "EV_EFI_HCRTM_EVENT");
}

BOOST_AUTO_TEST_CASE(texts_have_a_limit) {
  const std::string text(1 << 16, 'x');
  BOOST_TEST(text_of(event_type::efi_action, text).size() < 400u);
  const auto facts =
      decode({.offset = 0, .register_number = 1, .type = event_type::ipl, .digests = {}, .data = as_bytes(text)});
  BOOST_TEST(to_json(facts).to_text().size() < 5000u);
}

BOOST_AUTO_TEST_CASE(data_is_compared_with_digests) {
  const auto guid = hex(global_guid);
  const auto variable = variable_data(guid, "BootOrder", hex("0100"));
  const auto other = hex("aa");
  const auto text = as_bytes("hello");
  for (const std::uint32_t type :
       {event_type::separator, event_type::efi_action, event_type::action, event_type::s_crtm_version,
        event_type::efi_gpt_event, event_type::efi_variable_driver_config, event_type::efi_variable_authority,
        event_type::omit_boot_device_events, event_type::efi_spdm_device_policy}) {
    BOOST_TEST((check_of(type, text, text) == DataCheck::agrees), event_type_name(type));
    BOOST_TEST((check_of(type, other, text) == DataCheck::contradicts), event_type_name(type));
  }
  for (const std::uint32_t type : {event_type::efi_variable_boot, event_type::efi_variable_boot2}) {
    BOOST_TEST((check_of(type, variable, variable) == DataCheck::agrees));
    BOOST_TEST((check_of(type, hex("0100"), variable) == DataCheck::agrees));
    BOOST_TEST((check_of(type, other, variable) == DataCheck::contradicts));
  }
  for (const std::uint32_t type : {event_type::ipl, event_type::event_tag, event_type::platform_config_flags,
                                   event_type::efi_boot_services_application, event_type::efi_platform_firmware_blob}) {
    BOOST_TEST((check_of(type, text, text) == DataCheck::agrees), event_type_name(type));
    BOOST_TEST((check_of(type, other, text) == DataCheck::not_in_log), event_type_name(type));
  }
  BOOST_TEST((check_of(event_type::ipl, text, as_bytes(std::string_view{"hello\0", 6})) == DataCheck::agrees));
  BOOST_TEST(
      (check_of(event_type::ipl, as_bytes(std::string_view{".linux\0", 7}), utf16(".linux")) == DataCheck::agrees));
  BOOST_TEST((check_of(event_type::event_tag, text, hex("010000000500000068656c6c6f")) == DataCheck::agrees));
  BOOST_TEST((check_of(event_type::no_action, text, text) == DataCheck::not_extended));
}

BOOST_AUTO_TEST_CASE(one_bank_that_disagrees_is_enough) {
  const auto text = as_bytes("hello");
  const auto good = sha256(text).value();
  std::vector<std::byte> sha256_bytes{good.bytes().begin(), good.bytes().end()};
  const auto bytes = LogBuilder{}
                         .raw(1, event_type::efi_action,
                              {{algorithm_sha256, sha256_bytes}, {algorithm_sha384, std::vector<std::byte>(48)}}, text)
                         .build();
  const auto log = parse_tcg_log(ByteView{bytes}, RegisterSet::tpm).value();
  BOOST_TEST((check_data(log.events.at(0)).value() == DataCheck::contradicts));
  const auto old = LogBuilder{{{algorithm_sha1, 20}}}.event(1, event_type::efi_action, "hello").build();
  const auto old_log = parse_tcg_log(ByteView{old}, RegisterSet::tpm).value();
  BOOST_TEST((check_data(old_log.events.at(0)).value() == DataCheck::unchecked));
}
