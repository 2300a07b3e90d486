// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <format>
#include <span>
#include <string>

#include <unistd.h>

#include "commands.hpp"
#include "common/cli.hpp"
#include "common/fs.hpp"
#include "common/json_decoder.hpp"
#include "disk-mapper/key_provider.hpp"
#include "disk-mapper/key_slots.hpp"
#include "disk-mapper/linux_storage.hpp"
#include "disk-mapper/recovery_key.hpp"
#include "providers.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::uint64_t limit_bytes = 65'536;

std::string read_standard_input() {
  std::string text;
  std::array<char, 512> piece{};
  ssize_t n = 0;
  while (text.size() < limit_bytes && (n = ::read(STDIN_FILENO, piece.data(), piece.size())) > 0)
    text.append(piece.data(), static_cast<std::size_t>(n));
  wipe(std::as_writable_bytes(std::span{piece}));
  return text;
}

void wipe_text(std::string& text) {
  wipe(std::as_writable_bytes(std::span{text}));
}

Result<SecretBytes> key_from_standard_input() {
  std::string text = read_standard_input();
  auto key = parse_recovery_key(text);
  wipe_text(text);
  return key;
}

/// The device of the open state disk, as `open` reported it.
Result<std::string> open_device() {
  ASTERISM_TRY(const auto text, read_text_file(report_path, limit_bytes), "no state disk is open");
  ASTERISM_TRY(const auto document, parse_json(text));
  ASTERISM_TRY(auto decoder, JsonObjectDecoder::make(document, "$"));
  return decoder.string("device");
}

}  // namespace

Result<> recover_command() {
  std::string text = read_standard_input();
  ASTERISM_CHECK(parse_recovery_key(text));
  auto written = write_file_atomically(recovery_path, as_bytes(text), 0600);
  wipe(std::as_writable_bytes(std::span{text}));
  return written;
}

Result<> take_recovery_key_command() {
  ASTERISM_TRY(auto text, read_text_file(new_recovery_path, limit_bytes), "no new recovery key");
  auto printed = print_out(text);
  wipe_text(text);
  ASTERISM_CHECK(std::move(printed));
  if (::unlink(new_recovery_path) != 0)
    return std::unexpected{Error::from_errno(errno, std::format("removing '{}'", new_recovery_path))};
  return {};
}

Result<> add_recovery_key_command() {
  ASTERISM_TRY(const auto device, open_device());
  ASTERISM_TRY(const auto authority, key_from_standard_input());
  ASTERISM_TRY(const auto fresh, SecretBytes::random(node_key_bytes));
  ASTERISM_TRY(auto text, recovery_key_text(fresh));
  const auto storage = linux_storage();
  ASTERISM_CHECK(add_recovery_key(*storage, device, authority, fresh));
  auto printed = print_out(text + "\n");
  wipe_text(text);
  // A key that nobody saw must not stay.
  if (!printed) ASTERISM_CHECK(remove_recovery_key(*storage, device, fresh));
  return printed;
}

Result<> remove_recovery_key_command() {
  ASTERISM_TRY(const auto device, open_device());
  ASTERISM_TRY(const auto unwanted, key_from_standard_input());
  const auto storage = linux_storage();
  return remove_recovery_key(*storage, device, unwanted);
}

Result<> rekey_command(const Config& config) {
  ASTERISM_TRY(const auto device, open_device());
  const auto storage = linux_storage();
  ASTERISM_CHECK(check_renewable(*storage, device));
  ASTERISM_TRY(const auto authority, key_from_standard_input());
  ASTERISM_TRY(const auto parts, make_parts(config));
  ASTERISM_CHECK(renew_node_key(*storage, *parts.provider, device, authority));
  return {};
}

}  // namespace asterism::disk_mapper
