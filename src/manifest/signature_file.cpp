// SPDX-License-Identifier: Apache-2.0
#include "manifest/signature_file.hpp"

#include "common/base64.hpp"

namespace asterism::manifest {

std::string signature_file_text(Bytes signature) {
  return to_base64(signature);
}

Result<Signature> parse_signature_file(std::string_view text) {
  if (text.size() > signature_file_bytes_max) return fail(Errc::corrupt, "signature file of {} bytes", text.size());
  if (text.ends_with('\n')) text.remove_suffix(1);
  ASTERISM_TRY(auto signature, from_base64(text), "signature file");
  if (signature.empty()) return fail(Errc::corrupt, "the signature file is empty");
  return signature;
}

}  // namespace asterism::manifest
