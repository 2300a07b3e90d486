// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attestation/snp/product.hpp"
#include "common/digest.hpp"

namespace asterism::attestation {

/// Digests that a register may hold; any of them is right.
using AllowedDigests = std::vector<Digest>;

/// One allowed set of a TD's registers. Registers without a value are not compared.
struct TdRegisters {
  Digest mrtd{HashAlgorithm::sha384};
  std::array<std::optional<Digest>, 4> rtmrs{};  ///< RTMR0 to RTMR3
};

/// PCR index to the values that it may hold, all of one bank.
using PcrReference = std::map<unsigned, AllowedDigests>;

/// What one image may measure. Evidence fits an image if each register named here has one of its values.
struct ImageReference {
  std::string name;  ///< name and version, for messages and results
  AllowedDigests snp_measurements{};
  std::vector<TdRegisters> td_registers{};
  std::map<HashAlgorithm, PcrReference> pcrs{};
};

/// Where reference values come from: on a running system only from a manifest whose signature, expiry and state were
/// checked. Current and next image are valid together during a rollout; evidence has to fit one of them as a whole,
/// registers of two images never mix.
class ReferenceValues {
 public:
  ReferenceValues() = default;
  ReferenceValues(const ReferenceValues&) = delete;
  ReferenceValues& operator=(const ReferenceValues&) = delete;
  ReferenceValues(ReferenceValues&&) = delete;
  ReferenceValues& operator=(ReferenceValues&&) = delete;
  virtual ~ReferenceValues() = default;

  /// The images that are valid now. Empty means that nothing is.
  [[nodiscard]] virtual std::span<const ImageReference> images() const = 0;
  /// Smallest TCB a processor of this product may have; none means that the product is not allowed.
  [[nodiscard]] virtual std::optional<SnpTcb> snp_floor(SnpProduct product) const = 0;
  /// Oldest set of Intel's TCB data that may be used to judge a TDX platform.
  [[nodiscard]] virtual std::uint32_t tdx_evaluation_number_min() const = 0;
};

/// Reference values held in memory.
class StaticReferenceValues final : public ReferenceValues {
 public:
  StaticReferenceValues(std::vector<ImageReference> images, std::map<SnpProduct, SnpTcb> floors,
                        std::uint32_t evaluation_number_min)
      : images_{std::move(images)}, floors_{std::move(floors)}, evaluation_number_min_{evaluation_number_min} {}

  [[nodiscard]] std::span<const ImageReference> images() const override { return images_; }
  [[nodiscard]] std::optional<SnpTcb> snp_floor(SnpProduct product) const override {
    const auto found = floors_.find(product);
    return found == floors_.end() ? std::nullopt : std::optional{found->second};
  }
  [[nodiscard]] std::uint32_t tdx_evaluation_number_min() const override { return evaluation_number_min_; }

 private:
  std::vector<ImageReference> images_;
  std::map<SnpProduct, SnpTcb> floors_;
  std::uint32_t evaluation_number_min_;
};

}  // namespace asterism::attestation
