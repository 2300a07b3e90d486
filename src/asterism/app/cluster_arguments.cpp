// SPDX-License-Identifier: Apache-2.0
#include "asterism/app/cluster_arguments.hpp"

#include <algorithm>
#include <array>

#include <CLI/CLI.hpp>

#include "common/fs.hpp"
#include "join/references.hpp"
#include "join/tdx_collateral.hpp"

namespace asterism::cli {
namespace {

constexpr std::uint64_t config_bytes_max = 64U << 10;

/// The states in which nodes join: early in the initramfs, on any platform.
Result<std::vector<attestation::ReferenceScope>> joining_scopes(const std::vector<std::string>& states) {
  std::vector<attestation::ReferenceScope> scopes;
  for (const std::string& word : states) {
    constexpr std::array known{manifest::SecureBoot::on, manifest::SecureBoot::off, manifest::SecureBoot::absent};
    const auto state = std::ranges::find_if(known, [&](auto s) { return manifest::to_string(s) == word; });
    if (state == known.end()) return fail(Errc::usage, "--secure-boot: on, off or absent, not '{}'", excerpt(word));
    for (const std::string_view platform : manifest::platforms) {
      scopes.push_back({.platform = std::string{platform},
                        .secure_boot = *state,
                        .stage = manifest::Stage::enter_initrd,
                        .pcrs_left_out = {attestation::identity_pcr},
                        .conditions = {}});
    }
  }
  return scopes;
}

}  // namespace

void ClusterArguments::add_to(CLI::App& verb, const std::string& endpoint_help) {
  verb.add_option("endpoint", endpoint, endpoint_help)->required();
  verb.add_option("--config", config, "node configuration document of the cluster")->required();
  verb.add_option("--operator-key", operator_key, "PEM file or PKCS#11 URI; the other side knows its public half")
      ->required();
  verb.add_option("--manifests", manifests, "folder of released manifests that nodes may run")->required();
  verb.add_option("--secure-boot", states, "accepted state of nodes: on, off, absent; repeatable")
      ->capture_default_str();
  verb.add_option("--tdx-collateral", tdx_collateral, "folder with Intel's collateral, to judge TDX quotes by");
}

Result<ClusterView> load_cluster(const ClusterArguments& arguments, Timestamp now) {
  ASTERISM_TRY(auto endpoint, join::parse_endpoint(arguments.endpoint));
  ASTERISM_TRY(const auto text, read_text_file(arguments.config, config_bytes_max), "--config");
  ASTERISM_TRY(auto config, join::parse_node_config(text), "'{}'", arguments.config);
  ASTERISM_TRY(auto key, crypto::PrivateKey::load(arguments.operator_key), "--operator-key");
  ASTERISM_TRY(const auto scopes, joining_scopes(arguments.states));
  ASTERISM_TRY(auto loaded, join::load_manifests({.folder = arguments.manifests, .trust = config.trust}, scopes, now),
               "--manifests");
  std::map<attestation::SnpProduct, attestation::SnpTcb> floors;
  for (const auto product : attestation::snp_products)
    floors.emplace(product, attestation::SnpTcb{});
  attestation::JudgeRules rules{.required = config.evidence,
                                .standing = attestation::Standing::joining,
                                .cluster = config.cluster,
                                .tpm_roots = config.tpm_roots};
  rules.snp.products = {attestation::snp_products.begin(), attestation::snp_products.end()};
  if (!arguments.tdx_collateral.empty()) {
    ASTERISM_TRY(rules.tdx_collateral, join::load_tdx_collateral(arguments.tdx_collateral), "--tdx-collateral");
  }
  return ClusterView{.endpoint = std::move(endpoint),
                     .config = std::move(config),
                     .key = std::move(key),
                     .references = std::make_unique<attestation::StaticReferenceValues>(std::move(loaded.images),
                                                                                        std::move(floors), 0),
                     .rules = std::move(rules)};
}

}  // namespace asterism::cli
