// SPDX-License-Identifier: Apache-2.0
// Manifests: what is accepted says the same when it is written and read again.
#include <span>

#include "contract.hpp"
#include "manifest/manifest.hpp"

using namespace asterism;
using testing::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(std::as_bytes(std::span{data, size}));
  const auto read = manifest::parse_manifest(text);
  if (!read) {
    testing::require_refusal(read.error());
    return 0;
  }
  const std::string written = manifest::to_json(*read).to_text();
  const auto again = manifest::parse_manifest(written);
  require(again.has_value() && *again == *read, "writing and reading a manifest changes nothing");
  require(manifest::to_json(*again).to_text() == written, "the same content gives the same bytes");
  return 0;
}
