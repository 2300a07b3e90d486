// SPDX-License-Identifier: Apache-2.0
// Logs as firmware and systemd write them, made from predictions: every digest comes from the code that predicts, and
// what surrounds them is made up.
#include "synthetic_boot.hpp"

#include <algorithm>
#include <sstream>

#include "efi/utf16.hpp"
#include "event-log/event_type.hpp"
#include "event-log/testing/log_builder.hpp"
#include "measured-boot/explain/observation.hpp"
#include "support/pe_builder.hpp"

namespace asterism::measured_boot::testing {
namespace {

namespace event_type = event_log::event_type;
using asterism::testing::PeBuilder;
using event_log::RegisterSet;

constexpr std::string_view global_guid = "61dfe48bca93d211aa0d00e098032b8c";
constexpr std::string_view security_guid = "cbb219d73a3d9645a3bcdad00e67656f";
constexpr std::string_view command_line = "console=ttyS0 quiet";

std::string value_of(const Alterations& alterations, const std::string& name, const std::string& otherwise) {
  const auto found = alterations.find(name);
  return found == alterations.end() ? otherwise : found->second;
}

std::vector<std::byte> bytes_of(std::string_view text) {
  const Bytes bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

/// A signature list with one certificate.
std::vector<std::byte> signature_list(const std::string& content) {
  std::vector<std::byte> list = from_hex("a159c0a5e494a74a87b5ab155c2bf072").value();
  append_le(list, 28 + 16 + content.size(), 4);
  append_le(list, 0, 4);
  append_le(list, 16 + content.size(), 4);
  list.resize(list.size() + 16, std::byte{0x11});
  append(list, as_bytes(content));
  return list;
}

/// Writes a boot down, event by event, in the order of OVMF and systemd.
class Writer {
 public:
  Writer(const Alterations& alterations, RegisterSet set, std::vector<SyntheticEvent>& events)
      : alterations_{&alterations}, set_{set}, events_{&events} {}

  void run(const Prediction& prediction) {
    firmware();
    policy(prediction.secure_boot);
    boot_options();
    actions();
    images(prediction);
    configuration_and_kernel(prediction);
    for (const std::string_view action : {explain::exit_called_action, explain::exit_done_action})
      data(5, event_type::efi_action, as_bytes(action));
  }

 private:
  [[nodiscard]] bool has(const std::string& name) const { return alterations_->contains(name); }
  [[nodiscard]] std::string value(const std::string& name, const std::string& otherwise = "") const {
    return value_of(*alterations_, name, otherwise);
  }

  void put(std::uint32_t pcr, std::uint32_t type, const BankDigests& digests, Bytes content) {
    std::uint32_t number = pcr;
    if (set_ == RegisterSet::tdx) {
      if (pcr == 0) return;
      number = pcr == 1 || pcr == 7 ? 1 : pcr <= 6 ? 2 : 3;
    }
    events_->push_back({.number = number, .type = type, .digests = digests, .data = {content.begin(), content.end()}});
  }
  void measure(std::uint32_t pcr, std::uint32_t type, Bytes measured, Bytes content) {
    put(pcr, type, hash_banks(measured).value(), content);
  }
  void data(std::uint32_t pcr, std::uint32_t type, Bytes content) { measure(pcr, type, content, content); }
  void ipl(std::uint32_t pcr, std::string_view text, Bytes measured) {
    measure(pcr, event_type::ipl, measured, efi::utf16_bytes(efi::utf8_to_ucs2(text), true));
  }
  void options(std::string_view text) {
    const auto wide = efi::utf16_bytes(efi::utf8_to_ucs2(text), true);
    data(12, event_type::ipl, wide);
  }
  void tagged(std::uint32_t pcr, std::uint32_t id, std::string_view text, const BankDigests& digests) {
    std::vector<std::byte> content;
    append_le(content, id, 4);
    append_le(content, text.size() + 1, 4);
    append(content, as_bytes(text));
    content.push_back(std::byte{0});
    put(pcr, event_type::event_tag, digests, content);
  }
  void separator(std::uint32_t pcr) {
    const bool failed = has("separator-error") && value("separator-error") == std::to_string(pcr);
    data(pcr, event_type::separator, from_hex(failed ? "01000000" : "00000000").value());
  }
  void image(std::string_view path, const BankDigests& digests) {
    std::vector<std::byte> content;
    for (const std::uint64_t number : {0x1000ULL, 0x2000ULL, 0ULL})
      append_le(content, number, 8);
    const auto name = efi::utf16_bytes(efi::utf8_to_ucs2(path), true);
    append_le(content, name.size() + 8, 8);
    append(content, from_hex("0404").value());
    append_le(content, name.size() + 4, 2);
    append(content, name);
    append(content, from_hex("7fff0400").value());
    put(4, event_type::efi_boot_services_application, digests, content);
  }
  void variable(std::uint32_t pcr, std::uint32_t type, std::string_view guid, std::string_view name, Bytes content) {
    const auto whole = event_log::testing::variable_data(from_hex(guid).value(), name, content);
    if (type == event_type::efi_variable_boot) {
      measure(pcr, type, content, whole);
    } else {
      data(pcr, type, whole);
    }
  }

  void firmware() {
    data(0, event_type::s_crtm_version, efi::utf16_bytes(efi::utf8_to_ucs2(value("firmware", "v1")), true));
    std::vector<std::byte> blob = from_hex("02").value();
    append(blob, as_bytes("Fv"));
    append_le(blob, 0x820000, 8);
    append_le(blob, 0x1000, 8);
    measure(set_ == RegisterSet::tdx ? 1 : 0, event_type::efi_platform_firmware_blob2,
            bytes_of("volume" + value("volume")), blob);
    if (set_ == RegisterSet::tpm) {
      measure(0, event_type::efi_platform_firmware_blob2, bytes_of("main volume" + value("main-volume")), blob);
    }
    measure(1, event_type::platform_config_flags, as_bytes("tables" + value("machine")), as_bytes("ACPI DATA"));
  }
  void policy(SecureBoot state) {
    const auto variables = synthetic_variables(*alterations_);
    const std::byte flag{state == SecureBoot::on ? std::uint8_t{1} : std::uint8_t{0}};
    const auto type = event_type::efi_variable_driver_config;
    variable(7, type, global_guid, "SecureBoot", state == SecureBoot::absent ? Bytes{} : Bytes{&flag, 1});
    variable(7, type, global_guid, "PK", variables.pk);
    variable(7, type, global_guid, "KEK", variables.kek);
    variable(7, type, security_guid, "db", variables.db);
    variable(7, type, security_guid, "dbx", variables.dbx);
    separator(7);
    if (has("driver")) {
      measure(2, event_type::efi_boot_services_driver, as_bytes("option ROM"), std::vector<std::byte>(32));
    }
  }
  void boot_options() {
    const auto order = from_hex(value("boot-order", "0100")).value();
    variable(1, event_type::efi_variable_boot, global_guid, "BootOrder", order);
    variable(1, event_type::efi_variable_boot, global_guid, "Boot0001", as_bytes("option"));
  }
  void actions() {
    data(4, event_type::efi_action, as_bytes(explain::calling_action));
    if (set_ == RegisterSet::tdx) {
      separator(4);
    } else {
      for (std::uint32_t pcr = 0; pcr <= 6; ++pcr)
        separator(pcr);
    }
    if (has("attempt")) {
      if (value("attempt") == "program") image("\\NETWORK.EFI", hash_banks(as_bytes("network")).value());
      data(4, event_type::efi_action, as_bytes(explain::returning_action));
      data(4, event_type::efi_action, as_bytes(explain::calling_action));
    }
    data(5, event_type::efi_gpt_event, as_bytes("GPT" + value("gpt")));
  }
  void authorities(SecureBoot state) {
    if (state != SecureBoot::on || has("authority-none")) return;
    const auto type = event_type::efi_variable_authority;
    variable(7, type, security_guid, "db", as_bytes("certificate" + value("authority")));
    if (has("authority-extra")) variable(7, type, security_guid, "db", as_bytes("further certificate"));
  }
  void images(const Prediction& prediction) {
    authorities(prediction.secure_boot);
    if (has("program")) image("\\SHELL.EFI", hash_banks(as_bytes("shell")).value());
    for (const Event& event : prediction.events) {
      if (event.what == "image: boot loader") {
        image("\\EFI\\BOOT\\BOOTX64.EFI", event.digests);
        if (set_ == RegisterSet::tpm) {  // systemd-boot before 261 tells TDX nothing of it
          const auto content = "timeout 0" + value("loader-conf");
          tagged(5, explain::tag_loader_conf, "loader.conf", hash_banks(as_bytes(content)).value());
        }
      }
      if (event.what == "image: UKI") image("\\EFI\\Linux\\uki.efi", event.digests);
    }
  }
  void sections(const Event& event) {
    const auto dot = event.what.find('.');
    put(11, event_type::ipl, event.digests, efi::utf16_bytes(efi::utf8_to_ucs2(event.what.substr(dot)), true));
  }

  void beside_the_uki() {
    if (has("replace")) options(value("replace"));
    if (has("append")) options(value("append"));
    if (has("options")) options(value("options"));
    if (has("addon")) {
      image("\\addon.efi", hash_banks(as_bytes("add-on")).value());
      options(value("addon"));
    }
    for (const auto& [name, id] : {std::pair{"addon-dtb", explain::tag_devicetree_addon},
                                   {"addon-ucode", explain::tag_ucode_addon},
                                   {"addon-initrd", explain::tag_initrd_addon}}) {
      if (has(name)) tagged(12, id, name, hash_banks(as_bytes(name)).value());
    }
    if (has("credentials")) ipl(12, "Credentials initrd", as_bytes("credentials"));
    if (has("confext")) ipl(12, "Configuration extension initrd", as_bytes("confext"));
    if (has("sysext")) ipl(13, "System extension initrd", as_bytes("sysext"));
    if (has("shim")) ipl(14, "MokList", as_bytes("moklist"));
  }

  [[nodiscard]] BankDigests kernel_options(const Event& event) const {
    std::string text;
    if (has("replace")) {
      text = value("replace");
    } else if (has("append") || has("addon") || has("console")) {
      text = std::format("{} {}", value("uki.cmdline", std::string{command_line}),
                         value("append", value("addon", value("console"))));
    } else {
      return event.digests;
    }
    return hash_banks(efi::utf16_bytes(efi::utf8_to_ucs2(text), true)).value();
  }

  void configuration_and_kernel(const Prediction& prediction) {
    bool beside_done = false;
    for (const Event& event : prediction.events) {
      const auto of = explain::classify_prediction(event.what);
      if (of.part == explain::Part::profile) tagged(12, explain::tag_profile, "1", event.digests);
      if (of.part == explain::Part::boot_configuration) options("@1");
      if (of.part == explain::Part::section_name || of.part == explain::Part::section) sections(event);
      if (of.part == explain::Part::command_line || of.part == explain::Part::inner_kernel) {
        if (!beside_done) beside_the_uki();
        beside_done = true;
      }
      if (of.part == explain::Part::inner_kernel) image("", event.digests);
      if (of.part == explain::Part::command_line) {
        tagged(9, explain::tag_load_options, "LOADED_IMAGE::LoadOptions", kernel_options(event));
      }
      if (of.part == explain::Part::initrd && !has("no-initrd")) {
        const bool extended =
            has("credentials") || has("sysext") || has("confext") || has("addon-initrd") || has("initrd");
        const auto other = hash_banks(as_bytes("initrd with more")).value();
        tagged(9, explain::tag_initrd, "Linux initrd", extended ? other : event.digests);
      }
    }
  }

  const Alterations* alterations_;
  RegisterSet set_;
  std::vector<SyntheticEvent>* events_;
};

std::string record(std::uint32_t pcr, std::string_view kind, std::string_view text, std::string_view measured) {
  const auto digests = hash_banks(as_bytes(measured)).value();
  return std::format(
      "\x1e{{\"pcr\":{},\"digests\":[{{\"hashAlg\":\"sha256\",\"digest\":\"{}\"}},{{\"hashAlg\":\"sha384\","
      "\"digest\":\"{}\"}}],\"content_type\":\"systemd\",\"content\":{{\"string\":\"{}\",\"eventType\":\"{}\"}}}}\n",
      pcr, digests.sha256.hex(), digests.sha384.hex(), text, kind);
}

std::string userspace_log(const Alterations& alterations) {
  std::string text;
  if (alterations.contains("os-separator")) text += record(9, "os-separator", "os-separator", "os-separator");
  std::istringstream words{value_of(alterations, "phases", "enter-initrd leave-initrd sysinit ready")};
  for (std::string word; words >> word;)
    text += record(11, "phase", word, word);
  if (alterations.contains("nvpcr")) text += record(9, "nvpcr-init", "nvpcr-init:hardware", "keyed");
  if (alterations.contains("volume-key")) text += record(15, "volume-key", "cryptsetup:state:uuid", "keyed");
  if (alterations.contains("machine-id")) text += record(15, "machine-id", "machine-id:0123", "machine-id:0123");
  return text;
}

}  // namespace

Alterations parse_alterations(const std::string& text) {
  Alterations result;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ') {
      ++at;
      continue;
    }
    const auto end = std::min(text.find_first_of(" =", at), text.size());
    const std::string name = text.substr(at, end - at);
    at = end;
    std::string value;
    if (at < text.size() && text[at] == '=') {
      const bool quoted = at + 1 < text.size() && text[at + 1] == '\'';
      const auto start = at + (quoted ? 2 : 1);
      const auto stop = std::min(text.find(quoted ? '\'' : ' ', start), text.size());
      value = text.substr(start, stop - start);
      at = stop + (quoted ? 1 : 0);
    }
    result[name] = value;
  }
  return result;
}

SyntheticImage::SyntheticImage(const Alterations& alterations) {
  const std::string which = value_of(alterations, "loader", "systemd-boot 257");
  if (which != "none") loader = PeBuilder{}.section(".sdmagic", "#### LoaderInfo: " + which + " ####").build();
  const auto kernel = PeBuilder{}.section(".text", "kernel" + value_of(alterations, "uki.linux", "")).build();
  PeBuilder builder;
  builder.stub(value_of(alterations, "uki.stub", "257")).section(".linux", std::string{as_text(kernel)});
  const std::vector<std::pair<std::string, std::string>> contents{{".osrel", "ID=asterism\n"},
                                                                  {".cmdline", std::string{command_line}},
                                                                  {".initrd", "initrd"},
                                                                  {".uname", "6.12"},
                                                                  {".sbat", "sbat,1"}};
  for (const auto& [name, content] : contents) {
    if (!alterations.contains("uki.drop" + name)) builder.section(name, value_of(alterations, "uki" + name, content));
  }
  for (const std::string name : {".splash", ".pcrpkey", ".ucode", ".dtb"}) {
    if (alterations.contains("uki" + name)) builder.section(name, value_of(alterations, "uki" + name, ""));
  }
  if (alterations.contains("uki.profiles")) {
    builder.section(".profile", "ID=a").section(".profile", "ID=b").section(".cmdline", "profile b");
  }
  uki = builder.build();
}

Measurements SyntheticImage::measure(unsigned profile) const {
  BootFiles files{.boot_loader = std::nullopt, .uki = {.path = "uki.efi", .content = efi::FatFile{ByteView{uki}}}};
  if (!loader.empty()) files.boot_loader = BootFile{.path = "boot.efi", .content = efi::FatFile{ByteView{loader}}};
  return predict(files, {.states = {SecureBoot::on, SecureBoot::off, SecureBoot::absent}, .profile = profile}).value();
}

SecureBootVariables synthetic_variables(const Alterations& alterations) {
  const auto list = [&](const std::string& name, const std::string& otherwise) {
    const std::string content = value_of(alterations, name, otherwise);
    return content.empty() ? std::vector<std::byte>{} : signature_list(content);
  };
  return {.pk = list("PK", "pk"), .kek = list("KEK", "kek"), .db = list("db", "db"), .dbx = list("dbx", "")};
}

SyntheticBoot::SyntheticBoot(const Alterations& alterations, RegisterSet set) : set_{set} {
  const SyntheticImage image{alterations};
  const auto measurements = image.measure(alterations.contains("profile") ? 1 : 0);
  const std::string state = value_of(alterations, "sb", "on");
  const auto found = std::ranges::find_if(measurements.predictions,
                                          [&](const Prediction& one) { return to_string(one.secure_boot) == state; });
  Writer{alterations, set, firmware}.run(*found);
  userspace = userspace_log(alterations);
  if (alterations.contains("cut")) firmware.resize(firmware.size() - std::stoul(alterations.at("cut")));
  if (alterations.contains("swap")) {  // two events of one register change places
    std::vector<SyntheticEvent*> of_register;
    for (SyntheticEvent& event : firmware) {
      if (event.number == std::stoul(alterations.at("swap"))) of_register.push_back(&event);
    }
    std::swap(*of_register.at(of_register.size() - 1), *of_register.at(of_register.size() - 2));
  }
}

std::vector<std::byte> SyntheticBoot::log() const {
  using event_log::AlgorithmSize;
  const bool tdx = set_ == RegisterSet::tdx;
  event_log::testing::LogBuilder builder{
      tdx ? std::vector<AlgorithmSize>{{event_log::algorithm_sha384, 48}}
          : std::vector<AlgorithmSize>{{event_log::algorithm_sha256, 32}, {event_log::algorithm_sha384, 48}},
      tdx ? 1U : 0U};
  for (const SyntheticEvent& event : firmware) {
    event_log::testing::LogBuilder::RawDigests digests;
    for (const HashAlgorithm bank : hash_algorithms) {
      if (tdx && bank != HashAlgorithm::sha384) continue;
      const Bytes bytes = event.digests.of(bank).bytes();
      digests.emplace_back(event_log::algorithm_id(bank), std::vector<std::byte>{bytes.begin(), bytes.end()});
    }
    builder.raw(event.number, event.type, digests, event.data);
  }
  return builder.build();
}

}  // namespace asterism::measured_boot::testing
