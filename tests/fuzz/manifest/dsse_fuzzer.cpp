// SPDX-License-Identifier: Apache-2.0
// DSSE envelopes: what is accepted says the same when it is written and read again, and nothing unsigned is opened.
#include <span>

#include "contract.hpp"
#include "manifest/dsse.hpp"

using namespace asterism;
using testing::require;

namespace {

// A key whose private half nobody kept: no input can be signed by it.
const manifest::TrustPolicy& policy() {
  static const auto made = [] {
    const auto der =
        from_hex("302a300506032b6570032100fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
    auto key = crypto::PublicKey::from_spki(der.value()).value();
    return manifest::TrustPolicy::make(1, {{.name = "key", .key = std::move(key)}}).value();
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(std::as_bytes(std::span{data, size}));
  const auto envelope = manifest::parse_envelope(text);
  require(!manifest::open_envelope(text, "text/plain", policy()), "nobody signs with this key");
  if (!envelope) {
    testing::require_refusal(envelope.error());
    return 0;
  }
  const std::string written = manifest::to_json(*envelope).to_text();
  const auto again = manifest::parse_envelope(written);
  require(again.has_value() && *again == *envelope, "writing and reading an envelope changes nothing");
  return 0;
}
