// SPDX-License-Identifier: Apache-2.0
// PE images, their Authenticode ranges and certificates, and everything that is made of a UKI.
#include <span>

#include "contract.hpp"
#include "efi/authenticode.hpp"
#include "efi/pe_certificates.hpp"
#include "measured-boot/prediction.hpp"
#include "measured-boot/uki.hpp"

using namespace asterism;
using testing::inside;
using testing::require;

namespace {

void check_image(const efi::PeImage& image, Bytes file) {
  std::uint64_t total = 0;
  for (const efi::PeSection& section : image.sections()) {
    const Bytes loaded = image.loaded_bytes(section);
    require(inside(loaded, file), "section data lies inside the file");
    require(loaded.size() <= section.virtual_size, "no more is loaded than the section has in memory");
    total += section.raw_size;
  }
  require(total <= file.size(), "sections do not overlap");
  const auto ranges = efi::authenticode_ranges(image);
  if (ranges) {
    std::uint64_t hashed = 0;
    for (const Bytes range : *ranges) {
      require(inside(range, file), "hashed ranges lie inside the file");
      hashed += range.size();
    }
    require(hashed <= file.size(), "no byte is hashed twice more than the file has");
    require(efi::authenticode_digest(image, HashAlgorithm::sha256).has_value(), "what has ranges has a digest");
  } else {
    testing::require_refusal(ranges.error());
  }
  if (const auto signatures = efi::pe_signatures(image)) {
    for (const Bytes signature : *signatures)
      require(inside(signature, file), "signatures lie inside the file");
  } else {
    testing::require_refusal(signatures.error());
  }
}

void check_uki(Bytes file) {
  using namespace measured_boot;
  BootFiles files{.boot_loader = std::nullopt, .uki = {.path = "fuzz.efi", .content = efi::FatFile{ByteView{file}}}};
  PredictOptions options;
  options.profile = std::nullopt;
  options.threads = 1;
  const auto measured = predict(files, options);
  if (!measured) return testing::require_refusal(measured.error());
  require(!measured->predictions.empty(), "success means at least one prediction");
  require(measured->predictions.size() % 2 == 0, "each profile is predicted for both states");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes file = std::as_bytes(std::span{data, size});
  const auto image = efi::PeImage::parse(ByteView{file});
  if (!image) {
    testing::require_refusal(image.error());
    return 0;
  }
  check_image(*image, file);
  check_uki(file);
  return 0;
}
