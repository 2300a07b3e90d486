// SPDX-License-Identifier: Apache-2.0
// Manifests: what is accepted says the same when it is written and read again.
#include <span>

#include "contract.hpp"
#include "measured-boot/manifest.hpp"

using namespace asterism;
using testing::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(std::as_bytes(std::span{data, size}));
  const auto manifest = measured_boot::parse_manifest(text);
  if (!manifest) {
    testing::require_refusal(manifest.error());
    return 0;
  }
  const std::string written = measured_boot::to_json(*manifest).to_text();
  const auto again = measured_boot::parse_manifest(written);
  require(again.has_value() && *again == *manifest, "writing and reading a manifest changes nothing");
  require(measured_boot::to_json(*again).to_text() == written, "the same content gives the same bytes");
  return 0;
}
