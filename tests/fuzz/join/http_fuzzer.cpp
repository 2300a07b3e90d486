// SPDX-License-Identifier: Apache-2.0
// What a metadata service, or whoever is at its address, sends back.
#include <span>

#include "contract.hpp"
#include "join/http_answer.hpp"

using namespace asterism;
using testing::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t limit = 512;
  const std::string_view text = as_text(std::as_bytes(std::span{data, size}));
  const auto so_far = join::parse_http_answer(text, false, limit);
  const auto in_all = join::parse_http_answer(text, true, limit);
  for (const auto& answer : {so_far, in_all}) {
    if (!answer) {
      testing::require_refusal(answer.error());
    } else if (*answer) {
      const join::HttpAnswer& got = **answer;
      require(got.status >= 200 && got.status <= 599, "a status ends the exchange");
      require(got.body.size() <= limit && got.body.size() <= size, "a body has its limit");
      require(got.status == 200 || got.body.empty(), "nobody looks at the body of a refusal");
    }
  }
  require(!in_all || *in_all, "at the end there is an answer or an error");
  if (!so_far) require(!in_all, "what is wrong stays wrong");
  if (so_far && *so_far) {
    require(in_all && *in_all && (*in_all)->body == (*so_far)->body, "what is complete stays as it is");
    const auto longer = join::parse_http_answer(std::string{text} + "x", false, limit);
    require(longer && *longer && (*longer)->body == (*so_far)->body, "nothing that follows changes an answer");
  }
  return 0;
}
