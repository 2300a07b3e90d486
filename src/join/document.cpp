// SPDX-License-Identifier: Apache-2.0
#include "join/document.hpp"

#include "common/fs.hpp"

namespace asterism::join {
namespace {

/// A file that is not there is no failure; one that is too large, or a folder, is a wrong document.
Result<std::optional<std::vector<std::byte>>> unless_missing(Error error) {
  if (error.code() == Errc::not_found) return std::optional<std::vector<std::byte>>{};
  if (error.code() == Errc::unsupported) return fail(Errc::corrupt, "{}", error.message());
  return std::unexpected{std::move(error)};
}

}  // namespace

Result<std::optional<std::vector<std::byte>>> read_document(const efi::FatVolume& esp) {
  auto file = esp.read(document_on_esp, document_bytes_max);
  if (!file) return unless_missing(std::move(file).error());
  const Bytes bytes = file->view().bytes();
  return std::optional{std::vector<std::byte>{bytes.begin(), bytes.end()}};
}

Result<std::optional<std::vector<std::byte>>> read_fw_cfg_document(const std::string& path) {
  auto content = read_file(path, document_bytes_max);
  if (content) return std::optional{*std::move(content)};
  return unless_missing(std::move(content).error());
}

}  // namespace asterism::join
