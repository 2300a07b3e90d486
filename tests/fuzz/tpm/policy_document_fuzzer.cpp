// SPDX-License-Identifier: Apache-2.0
// .pcrsig documents, sealed keys and public keys: what is accepted says the same when it is written and read again.
#include <span>

#include "contract.hpp"
#include "tpm/state_key.hpp"

using namespace asterism;
using testing::require;

namespace {

void check_document(std::string_view text) {
  const auto document = tpm::parse_policy_document(text);
  if (!document) {
    testing::require_refusal(document.error());
    return;
  }
  const auto again = tpm::parse_policy_document(tpm::to_json(*document).to_text());
  require(again.has_value() && *again == *document, "writing and reading a document changes nothing");
  if (document->asterism) {
    const auto& own = *document->asterism;
    require(own.floor >= 1 && own.floor <= own.security_version, "a floor is not above the security version");
    require(own.security_version <= tpm::security_version_max, "a security version has its limit");
  }
}

void check_sealed_key(std::string_view text) {
  const auto json = parse_json(text);
  if (!json) return;
  const auto key = tpm::parse_state_key(*json);
  if (!key) {
    testing::require_refusal(key.error());
    return;
  }
  const auto again = tpm::parse_state_key(tpm::to_json(*key));
  require(again.has_value() && *again == *key, "writing and reading a sealed key changes nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(std::as_bytes(std::span{data, size}));
  check_document(text);
  check_sealed_key(text);
  if (const auto key = tpm::PublicKey::from_pem(text); !key) testing::require_refusal(key.error());
  return 0;
}
