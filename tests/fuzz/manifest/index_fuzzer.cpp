// SPDX-License-Identifier: Apache-2.0
// Indexes: what is accepted says the same when it is written and read again, and its channels can be followed.
#include <span>

#include "contract.hpp"
#include "manifest/index.hpp"

using namespace asterism;
using testing::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(std::as_bytes(std::span{data, size}));
  const auto index = manifest::parse_index(text);
  if (!index) {
    testing::require_refusal(index.error());
    return 0;
  }
  const std::string written = manifest::to_json(*index).to_text();
  const auto again = manifest::parse_index(written);
  require(again.has_value() && *again == *index, "writing and reading an index changes nothing");
  for (const auto& [channel, version] : index->channels) {
    const auto only = manifest::channel_index(*index, channel);
    require(only.has_value() && only->versions.size() == 1 && only->versions[0].name == version,
            "a channel has a version");
    require(manifest::parse_index(manifest::to_json(*only).to_text()).has_value(), "a channel is an index");
  }
  return 0;
}
