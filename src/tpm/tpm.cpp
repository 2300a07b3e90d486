// SPDX-License-Identifier: Apache-2.0
#include "tpm/tpm.hpp"

#include <cstdlib>

#include "tpm/esys/esys_tpm.hpp"

namespace asterism::tpm {

Result<std::unique_ptr<Tpm>> open_tpm(const std::string& tcti) {
  // tpm2-tss writes to stderr by itself, also about failures that are expected here; errors say it all.
  ::setenv("TSS2_LOG", "all+NONE", /* overwrite= */ 0);  // NOLINT(concurrency-mt-unsafe): before any thread
  ASTERISM_TRY(auto context, esys::Context::open(tcti), "opening TPM '{}'", printable(tcti));
  return std::make_unique<esys::EsysTpm>(std::move(context));
}

}  // namespace asterism::tpm
