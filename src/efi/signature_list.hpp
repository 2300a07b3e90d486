// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "common/guid.hpp"

namespace asterism::efi {

inline constexpr Guid certificate_x509{"a5c059a1-94e4-4aa7-87b5-ab155c2bf072"};
inline constexpr Guid certificate_sha256{"c1c41626-504c-4092-aca9-41f936934328"};

/// One EFI_SIGNATURE_DATA of a db, dbx, KEK or PK.
struct Signature {
  Guid type;  ///< of the list it stands in: X.509, SHA-256, ...
  Guid owner;
  Bytes data;   ///< certificate (DER) or digest
  Bytes whole;  ///< owner and data, as measured for a matching authority
};

/// All signatures of concatenated EFI_SIGNATURE_LISTs (the content of a variable or of an .esl file), in order.
/// @param lists must outlive the result. Empty gives none.
/// @errors `corrupt` naming the offset for sizes that contradict each other; `unsupported` for more than 65536.
/// @source UEFI 2.10 section 32.4.1.
/// @checked tests/interop/secure_boot.py with cert-to-efi-sig-list; tests/fuzz/signature_list.
[[nodiscard]] Result<std::vector<Signature>> read_signature_lists(const ByteView& lists);

}  // namespace asterism::efi
