// SPDX-License-Identifier: Apache-2.0
// Signature lists, variable stores and PKCS#7 blobs: what Secure Boot variables are made of.
#include <span>

#include "contract.hpp"
#include "crypto/authenticode_signature.hpp"
#include "efi/signature_list.hpp"
#include "efi/variable_store.hpp"

using namespace asterism;
using testing::inside;
using testing::require;

namespace {

void check_lists(Bytes input) {
  const auto signatures = efi::read_signature_lists(ByteView{input});
  if (!signatures) return testing::require_refusal(signatures.error());
  std::size_t total = 0;
  for (const efi::Signature& signature : *signatures) {
    require(inside(signature.whole, input), "signatures lie inside the list");
    require(signature.whole.size() == signature.data.size() + 16, "a signature is its owner and its data");
    total += signature.whole.size();
  }
  require(total <= input.size(), "signatures do not overlap");
}

void check_store(Bytes input) {
  const auto variables = efi::read_variable_store(ByteView{input});
  if (!variables) return testing::require_refusal(variables.error());
  for (std::size_t i = 0; i < variables->size(); ++i) {
    require(inside((*variables)[i].data, input), "variables lie inside the store");
    for (std::size_t k = 0; k < i; ++k) {
      require((*variables)[i].name != (*variables)[k].name || (*variables)[i].vendor != (*variables)[k].vendor,
              "a variable comes once");
    }
  }
}

void check_signature(Bytes input) {
  const auto algorithm = crypto::authenticode_algorithm(input);
  if (!algorithm) return testing::require_refusal(algorithm.error());
  const auto verified = crypto::verify_authenticode(input, Digest{*algorithm}, input);
  require(!verified.has_value(), "nothing verifies against a certificate that is none");
  testing::require_refusal(verified.error());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span{data, size});
  check_lists(input);
  check_store(input);
  check_signature(input);
  return 0;
}
