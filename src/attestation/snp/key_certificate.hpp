// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attestation/certificate.hpp"
#include "attestation/snp/product.hpp"
#include "attestation/snp/report.hpp"

namespace asterism::attestation {

/// What AMD's extensions in a VCEK or VLEK certificate say.
struct SnpKeyFacts {
  SnpSigningKey key = SnpSigningKey::vcek;
  SnpProduct product = SnpProduct::milan;
  SnpTcb tcb;
  std::vector<std::byte> hwid;  ///< of a VCEK: 64 bytes, on Turin 8 or 64
  std::string csp_id;           ///< of a VLEK: the cloud
};

/// Reads the extensions. The subject's common name, "SEV-VCEK" or "SEV-VLEK", says which ones there must be.
/// @errors `corrupt` or `not_found` naming the extension; `unsupported` for another product or structure version.
/// @source AMD VCEK certificate and KDS interface specification 57230, sections 3 and 4; OIDs below 1.3.6.1.4.1.3704.1.
[[nodiscard]] Result<SnpKeyFacts> read_snp_key_certificate(const Certificate& certificate);

}  // namespace asterism::attestation
