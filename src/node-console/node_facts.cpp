// SPDX-License-Identifier: Apache-2.0
#include "node-console/node_facts.hpp"

#include <algorithm>
#include <format>
#include <ranges>

#include <sys/stat.h>

#include "common/bytes.hpp"
#include "common/fs.hpp"

namespace asterism::node_console {
namespace {

// No source is longer; sysfs gives a page at most, the kernel bounds its command line by 2048 bytes.
constexpr std::uint64_t limit_bytes = 65536;
constexpr std::size_t digest_digits = 64;
// EFI_GLOBAL_VARIABLE; efivarfs puts four bytes of attributes before the value.
constexpr auto secure_boot_variable = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr std::size_t attributes_bytes = 4;

std::optional<std::string> read_text(int root, const std::string& path) {
  const auto content = read_file_at(root, path, limit_bytes);
  if (!content) return std::nullopt;
  return std::string{as_text(*content)};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

// A digest in one way of writing, or nothing if it is none.
std::optional<std::string> digest_text(std::string_view text) {
  if (text.size() != digest_digits) return std::nullopt;
  const auto digest = from_hex(text);
  if (!digest) return std::nullopt;
  return to_hex(*digest);
}

bool exists(int root, const char* path) {
  struct stat status{};
  return ::fstatat(root, path, &status, 0) == 0;
}

SecureBoot read_secure_boot(int root) {
  if (!exists(root, "sys/firmware/efi")) return SecureBoot::no_efi;
  const auto value = read_file_at(root, secure_boot_variable, limit_bytes);
  if (!value || value->size() != attributes_bytes + 1) return SecureBoot::unknown;
  switch (std::to_integer<unsigned>(value->back())) {
    case 0:
      return SecureBoot::off;
    case 1:
      return SecureBoot::on;
    default:
      return SecureBoot::unknown;
  }
}

}  // namespace

std::optional<std::string> root_hash_of(std::string_view command_line) {
  constexpr std::string_view key = "roothash=";
  std::optional<std::string_view> last;
  for (const auto line : std::views::split(command_line, '\n')) {
    for (const auto part : std::views::split(line, ' ')) {
      const std::string_view word{part};
      if (word.starts_with(key)) last = word.substr(key.size());
    }
  }
  return last ? digest_text(*last) : std::nullopt;
}

NodeFacts read_node_facts(int root) {
  NodeFacts facts;
  facts.os = parse_os_release(read_text(root, "usr/lib/os-release").value_or(""));
  facts.root_hash = root_hash_of(read_text(root, "proc/cmdline").value_or(""));
  facts.secure_boot = read_secure_boot(root);
  facts.has_tpm = exists(root, "sys/class/tpm/tpm0");
  for (const unsigned pcr : shown_pcrs) {
    const auto value = read_text(root, std::format("sys/class/tpm/tpm0/pcr-sha256/{}", pcr));
    auto digest = value ? digest_text(trimmed(*value)) : std::nullopt;
    if (digest) facts.pcrs.emplace(pcr, std::move(*digest));
  }
  facts.host_name = trimmed(read_text(root, "proc/sys/kernel/hostname").value_or(""));
  return facts;
}

}  // namespace asterism::node_console
