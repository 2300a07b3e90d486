// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/luks_handle.hpp"

#include <memory>

#include <libcryptsetup.h>

namespace asterism::disk_mapper {
namespace {

std::string& last_message() {
  static thread_local std::string message;
  return message;
}

void remember(int level, const char* message, void* /*user*/) {
  if (level != CRYPT_LOG_ERROR) return;
  std::string text{message};
  while (text.ends_with('\n'))
    text.pop_back();
  last_message() = printable(text);
}

/// Once for the process: what is common to all contexts.
void set_up() {
  static const bool done = [] {
    ::crypt_set_log_callback(nullptr, remember, nullptr);
    // The header is a private copy in memory: there is nobody to lock out, and no folder for locks.
    ::crypt_metadata_locking(nullptr, 0);
    // No code is loaded because a header names a token.
    ::crypt_token_external_disable();
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace

Error crypt_error(int result, std::string_view doing) {
  const std::string detail = std::exchange(last_message(), {});
  Error error = Error::from_errno(-result, detail.empty() ? std::string{doing} : std::format("{}: {}", doing, detail));
  return error;
}

Result<CryptDevice> load_header(const HeaderFile& header, const std::string& data_device) {
  set_up();
  CryptDevice device;
  const int made = data_device.empty()
                       ? ::crypt_init(std::out_ptr(device), header.path().c_str())
                       : ::crypt_init_data_device(std::out_ptr(device), header.path().c_str(), data_device.c_str());
  if (made < 0) return std::unexpected{crypt_error(made, "libcryptsetup: taking the header from memory")};
  if (const int loaded = ::crypt_load(device.get(), CRYPT_LUKS2, nullptr); loaded < 0)
    return fail(Errc::corrupt, "{}", crypt_error(loaded, "libcryptsetup refuses the header").message());
  return device;
}

}  // namespace asterism::disk_mapper
