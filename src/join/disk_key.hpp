// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "common/error.hpp"
#include "common/secret.hpp"

namespace asterism::join {

/// Port: where the cluster's master secret is kept.
class MasterSecret {
 public:
  MasterSecret() = default;
  MasterSecret(const MasterSecret&) = delete;
  MasterSecret& operator=(const MasterSecret&) = delete;
  MasterSecret(MasterSecret&&) = delete;
  MasterSecret& operator=(MasterSecret&&) = delete;
  virtual ~MasterSecret() = default;

  /// The secret, 32 bytes. @errors `unavailable`, `not_found`, `io`; `corrupt` for another size.
  [[nodiscard]] virtual Result<SecretBytes> secret() = 0;
};

/// A file of 32 bytes, mode 0600 or less. @errors of secret(): `unverified` if others may read it.
[[nodiscard]] std::unique_ptr<MasterSecret> secret_in_file(std::string path);

/// A file that a private key decrypts (RSA-OAEP with SHA-256): a PEM file, or a token that a PKCS#11 URI names.
/// @errors of secret(): those of opening the key; `unverified` if the file was not encrypted to it.
[[nodiscard]] std::unique_ptr<MasterSecret> wrapped_secret(std::string path, std::string key);

/// The key of a state disk: HKDF-SHA-256 over the master secret. Salt: the cluster's id; info: "asterism state disk 1",
/// a NUL, the LUKS UUID as text. 32 bytes.
/// @errors `usage` for a malformed UUID or a secret that is not 32 bytes; `internal`.
/// @source RFC 5869. @checked tests/unit/join/disk_key_test.cpp: a value computed elsewhere.
[[nodiscard]] Result<SecretBytes> derive_disk_key(const SecretBytes& master, std::string_view cluster,
                                                  std::string_view uuid);

}  // namespace asterism::join
