// SPDX-License-Identifier: Apache-2.0
#include "join/service_judge.hpp"

#include "manifest/launch.hpp"

namespace asterism::join {

using attestation::Binding;
using attestation::identity_pcr;
using attestation::ImageNames;
using attestation::Part;
using attestation::Parts;
using attestation::ReferenceScope;
using attestation::snp_products;
using attestation::SnpProduct;
using attestation::SnpTcb;
using attestation::Standing;
using attestation::StaticReferenceValues;

std::vector<ReferenceScope> running_scopes() {
  std::vector<ReferenceScope> scopes;
  for (const std::string_view platform : manifest::platforms) {
    for (const auto state : {manifest::SecureBoot::on, manifest::SecureBoot::off, manifest::SecureBoot::absent}) {
      for (const auto stage : {manifest::Stage::sysinit, manifest::Stage::ready}) {
        scopes.push_back({.platform = std::string{platform},
                          .secure_boot = state,
                          .stage = stage,
                          .pcrs_left_out = {identity_pcr},
                          .conditions = {}});
      }
    }
  }
  return scopes;
}

ServiceJudge::ServiceJudge(const NodeConfig& config, Timestamp now)
    : config_{config},
      now_{now},
      rules_{.required = config.evidence,
             .standing = Standing::member,
             .cluster = config.cluster,
             .tpm_roots = config.tpm_roots} {
  // Processors of any product: which of them count is the cluster's to say, and the manifest says what they run.
  rules_.snp.products = {snp_products.begin(), snp_products.end()};
}

Result<ImageNames> ServiceJudge::verify(Bytes evidence, const Binding& binding) {
  ASTERISM_TRY(const auto parts, Parts::parse(evidence));
  ASTERISM_TRY(const auto ak, ak_.redeem(parts));
  ASTERISM_TRY(const auto text, parts.need(Part::manifest));
  std::vector<manifest::Signature> signatures;
  for (const Bytes signature : parts.all(Part::manifest_signature))
    signatures.emplace_back(signature.begin(), signature.end());
  ASTERISM_TRY(auto images, references_of(as_text(text), signatures, config_.trust, false, running_scopes(), now_),
               "manifest of the service");
  std::map<SnpProduct, SnpTcb> floors;
  for (const SnpProduct product : snp_products)
    floors.emplace(product, SnpTcb{});
  const StaticReferenceValues references{std::move(images), std::move(floors), 0};
  ASTERISM_TRY(facts_, judge(parts, ak, rules_, references, binding, now_));
  if (ak) facts_.identities.insert(ak_.identity());
  return facts_.images;
}

}  // namespace asterism::join
