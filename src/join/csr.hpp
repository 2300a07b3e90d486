// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/secret.hpp"

namespace asterism::join {

/// A kubelet's key of this boot, and the request for its certificate.
struct KubeletRequest {
  SecretBytes key_pem;         ///< PKCS#8, P-256
  std::vector<std::byte> csr;  ///< PKCS#10, DER
};

/// Makes a key and asks for O=system:nodes, CN=system:node:<node>. @errors `usage` for a malformed name; `internal`.
/// @source Kubernetes documentation, "Using Node Authorization"; RFC 2986.
[[nodiscard]] Result<KubeletRequest> make_kubelet_request(std::string_view node);

/// Checks a request from outside: signed by its own key, P-256, and exactly the subject that make_kubelet_request()
/// writes, nothing more: no extensions, no other names.
/// @returns the request in PEM, as Kubernetes wants it.
/// @errors `corrupt` if it is no PKCS#10; `unverified` naming what is not as it has to be.
/// @checked tests/unit/join/csr_test.cpp; tests/fuzz/join.
[[nodiscard]] Result<std::string> check_kubelet_request(Bytes csr, std::string_view node);

/// Checks what was issued: for the key of `key_pem`, with the node's name as subject. @errors `unverified`, `corrupt`.
[[nodiscard]] Result<> check_kubelet_certificate(std::string_view certificate_pem, const SecretBytes& key_pem,
                                                 std::string_view node);

}  // namespace asterism::join
