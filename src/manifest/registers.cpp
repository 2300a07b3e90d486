// SPDX-License-Identifier: Apache-2.0
#include "manifest/registers.hpp"

namespace asterism::manifest {

Json bank_digests_json(const BankDigests& digests) {
  Json::Object object;
  for (const HashAlgorithm bank : hash_algorithms)
    object[std::string{to_string(bank)}] = digests.of(bank).hex();
  return object;
}

std::string_view to_string(Stage stage) noexcept {
  switch (stage) {
    case Stage::firmware:
      return "firmware";
    case Stage::boot_loader:
      return "boot-loader";
    case Stage::stub:
      return "stub";
    case Stage::kernel:
      return "kernel";
    case Stage::enter_initrd:
      return "enter-initrd";
    case Stage::leave_initrd:
      return "leave-initrd";
    case Stage::sysinit:
      return "sysinit";
    case Stage::ready:
      return "ready";
  }
  return "unknown";
}

std::string_view to_string(SecureBoot state) noexcept {
  switch (state) {
    case SecureBoot::on:
      return "on";
    case SecureBoot::off:
      return "off";
    case SecureBoot::absent:
      return "absent";
  }
  return "absent";
}

}  // namespace asterism::manifest
