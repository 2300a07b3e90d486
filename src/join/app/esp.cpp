// SPDX-License-Identifier: Apache-2.0
#include "esp.hpp"

#include <cstdio>

#include "efi/fat.hpp"
#include "join/document.hpp"

namespace asterism::join {

Result<std::optional<std::vector<std::byte>>> document_of_esp(const std::string& device) {
  auto source = efi::fat_on_device(device);
  if (!source && source.error().code() == Errc::not_found) return std::optional<std::vector<std::byte>>{};
  if (!source) return std::unexpected{std::move(source).error()};
  const auto volume = efi::FatVolume::open(*std::move(source));
  if (!volume && volume.error().code() == Errc::io) return std::unexpected{volume.error()};
  if (!volume) {
    std::fprintf(stderr, "join-agent: no document: '%s': %s\n", printable(device).c_str(),
                 volume.error().message().c_str());
    return std::optional<std::vector<std::byte>>{};
  }
  return read_document(*volume);
}

}  // namespace asterism::join
