// SPDX-License-Identifier: Apache-2.0
// Trust policies and signature files: what is accepted keeps its promises.
#include <algorithm>
#include <span>

#include "contract.hpp"
#include "manifest/trust_policy.hpp"

using namespace asterism;
using testing::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(std::as_bytes(std::span{data, size}));
  if (const auto signature = manifest::parse_signature_file(text)) {
    const std::string written = manifest::signature_file_text(*signature);
    require(written == text || written + "\n" == text, "a signature has one text");
  } else {
    testing::require_refusal(signature.error());
  }
  const auto policy = manifest::TrustPolicy::parse(text);
  if (!policy) {
    testing::require_refusal(policy.error());
    return 0;
  }
  require(policy->threshold() >= 1 && policy->threshold() <= policy->keys().size(), "a threshold can be met");
  for (const auto& trusted : policy->keys())
    require(std::ranges::count(policy->keys(), trusted.key, &manifest::TrustedKey::key) == 1, "each key comes once");
  require(!policy->check(as_bytes(text), {}), "no signature is too few");
  const auto again = manifest::TrustPolicy::parse(policy->to_json().to_text());
  require(again.has_value() && *again == *policy, "writing and reading a policy changes nothing");
  return 0;
}
