// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "manifest/manifest.hpp"
#include "measured-boot/boot_files.hpp"
#include "measured-boot/pcr.hpp"
#include "measured-boot/secure_boot.hpp"

namespace asterism::measured_boot {

// What predictions and manifests both tell of an image.
using manifest::KernelRecord;
using manifest::SectionRecord;

/// What to predict.
struct PredictOptions {
  std::vector<SecureBoot> states{SecureBoot::on, SecureBoot::off};
  std::optional<SecureBootVariables> variables = {};  ///< without them there is no PCR 7
  std::optional<unsigned> profile = 0;                ///< nullopt: all
  unsigned threads = 2;
  /// As of DigestPlan::run(): lets a mapped image of any size cost little memory.
  std::function<void(Bytes)> done_with = {};
};

/// One boot: the events in order, from which every PCR follows.
struct Prediction {
  SecureBoot secure_boot = SecureBoot::off;
  unsigned profile = 0;
  std::string command_line;    ///< UTF-8, as the kernel gets it
  std::vector<PcrIndex> pcrs;  ///< those that the events say all about, ascending
  std::vector<Event> events;
};

/// A state in which the image does not start.
struct Refusal {
  SecureBoot secure_boot = SecureBoot::on;
  std::string reason;
};

/// A PE file of the chain.
struct ImageFacts {
  std::string path;
  std::uint64_t size_bytes = 0;
  std::string version;  ///< of systemd-boot or systemd-stub; empty if unknown
  BankDigests authenticode;
};

/// Everything that one image will measure.
struct Measurements {
  std::optional<ImageFacts> boot_loader;
  ImageFacts uki;
  std::vector<SectionRecord> sections;  ///< of the first profile predicted
  KernelRecord kernel;                  ///< of the same
  std::vector<Prediction> predictions;
  std::vector<Refusal> refusals;
  std::vector<std::string> notes;  ///< what the reader has to know about the values
};

/// Predicts PCR 4, 7, 9, 11, 12, 13 and 15 for a clean boot of the files: nothing else on the ESP, no boot options, no
/// boot entry tried before, and systemd-pcrmachine and systemd-pcrfs masked (PCR 15 stays zero).
/// @errors those of Uki::parse() and efi::PeImage::parse() with the file's path before them; `not_found` for a profile
///         that is not there; `unverified` if the image starts in none of the states.
/// @source TCG PC Client PFP 1.06; EDK2; systemd 252 to 262; Linux drivers/firmware/efi/libstub (PCR 9).
/// @checked tests/interop/systemd_measure.py, authenticode.py, secure_boot.sh; boot tests compare with a TPM.
[[nodiscard]] Result<Measurements> predict(const BootFiles& files, const PredictOptions& options);

}  // namespace asterism::measured_boot
