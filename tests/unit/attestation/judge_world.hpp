// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "attestation/evidence/judge.hpp"
#include "snp_world.hpp"
#include "tdx_world.hpp"
#include "tpm_world.hpp"

namespace asterism::testing {

/// Evidence of a node with any kind of processor, for one session, and a relying party that knows its images. Parts are
/// signed when they are asked for: what a test changes before is well-formed and signed.
struct JudgeWorld {
  static constexpr attestation::Time now = SnpWorld::now;

  JudgeWorld();

  SnpWorld snp;
  TdxWorld tdx;
  TpmWorld tpm;
  attestation::Binding binding;        ///< of the session, as the node knows it
  attestation::Binding shown_binding;  ///< of the session, as the relying party knows it
  Buffer snp_report;                   ///< of the guest; not signed
  Buffer certificates;                 ///< the host's table; empty: none is sent
  Buffer nv;  ///< patches of what lies in the paravisor's NV index are made to this; empty until then
  bool rename_runtime_data = false;                  ///< other runtime data than the report names
  std::vector<attestation::MeasuredEvent> measured;  ///< into PCR 15
  std::vector<attestation::MeasuredEvent> told;      ///< besides, without having been measured
  std::optional<attestation::Part> left_out;
  std::optional<attestation::Part> broken;  ///< this one comes without its last byte
  attestation::JudgeRules rules;
  std::vector<attestation::ImageReference> images;
  std::map<attestation::SnpProduct, attestation::SnpTcb> floors;
  std::uint32_t evaluation_number_min = 17;

  /// All parts that this node has.
  [[nodiscard]] Buffer evidence() const;
  /// What the relying party makes of that, or of other bytes.
  [[nodiscard]] Result<attestation::NodeFacts> judge() const { return judge(evidence()); }
  [[nodiscard]] Result<attestation::NodeFacts> judge(const Buffer& bytes) const;
};

/// What lies in a paravisor's NV index: header, hardware report, header of the runtime data, runtime data, padding.
/// @param kind 2 SEV-SNP, 4 TDX.
Buffer paravisor_nv(const Buffer& hardware_report, std::string_view runtime_data, std::uint32_t kind = 2);

/// The same for a report of `world` that names this runtime data.
Buffer paravisor_nv_of(const SnpWorld& world, const std::string& runtime_data);

}  // namespace asterism::testing
