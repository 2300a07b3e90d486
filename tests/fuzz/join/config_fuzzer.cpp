// SPDX-License-Identifier: Apache-2.0
// Documents from outside: the node's configuration, which the host makes, and members as they lie in a list.
#include <span>

#include "contract.hpp"
#include "join/node_config.hpp"
#include "join/registry.hpp"

using namespace asterism;
using testing::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(std::as_bytes(std::span{data, size}));
  const auto config = join::parse_node_config(text);
  if (config) {
    require(!config->endpoints.empty() && !config->evidence.empty(),
            "a configuration leads somewhere and demands something");
  } else {
    testing::require_refusal(config.error());
  }
  const auto json = parse_json(text, {.text_bytes = 1U << 16, .depth = 8, .values = 1000});
  if (!json) return 0;
  const auto member = join::Member::from_json(*json, "$");
  if (member) {
    require(member->to_json() == *json, "a member has one form");
  } else {
    testing::require_refusal(member.error());
  }
  return 0;
}
