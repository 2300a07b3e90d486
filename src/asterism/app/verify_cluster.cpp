// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include "asterism/app/commands.hpp"
#include "common/cli.hpp"
#include "common/fs.hpp"
#include "join/connect.hpp"
#include "join/members.hpp"

namespace asterism::cli {
namespace {

using join::ask_for_members;
using join::connect_to;
using join::load_manifests;
using join::Member;
using join::MemberVerdict;
using join::parse_endpoint;
using join::parse_node_config;
using join::verify_members;

constexpr std::uint64_t config_bytes_max = 64U << 10;
constexpr std::chrono::seconds connect_timeout{10};

struct Arguments {
  std::string endpoint;
  std::string config;
  std::string operator_key;
  std::string manifests;
  std::vector<std::string> states{"on"};
  bool json = false;
};

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

std::string joined(const auto& words, std::string_view between) {
  std::string text;
  for (const auto& word : words)
    text += std::format("{}{}", text.empty() ? "" : between, word);
  return text;
}

Json to_json(const MemberVerdict& verdict) {
  return Json::Object{{"node", verdict.member.name},
                      {"image", joined(verdict.images, ", ")},
                      {"evidence", joined(verdict.member.kinds, ", ")},
                      {"firmware", verdict.member.firmware},
                      {"identity", verdict.member.owner},
                      {"joined", format_timestamp(verdict.member.joined)},
                      {"as_expected", verdict.reason.empty()},
                      {"reason", verdict.reason}};
}

std::string table(const std::vector<MemberVerdict>& verdicts) {
  const auto row = [](std::string_view node, std::string_view image, std::string_view kinds, std::string_view firmware,
                      std::string_view pcrs, std::string_view time) {
    return std::format("{:20} {:24} {:10} {:24} {:13} {}\n", node, image, kinds, firmware, pcrs, time);
  };
  std::string text = row("NODE", "IMAGE", "EVIDENCE", "FIRMWARE", "VERDICT", "JOINED");
  for (const MemberVerdict& verdict : verdicts) {
    const Member& member = verdict.member;
    text += row(member.name, joined(verdict.images, ", "), joined(member.kinds, ","), printable(member.firmware),
                verdict.reason.empty() ? "as expected" : "NOT EXPECTED", format_timestamp(member.joined));
    if (!verdict.reason.empty()) text += std::format("  {}\n", printable(verdict.reason));
  }
  return text;
}

Result<> verify(const Arguments& arguments) {
  ASTERISM_TRY(const auto endpoint, parse_endpoint(arguments.endpoint));
  ASTERISM_TRY(const auto text, read_text_file(arguments.config, config_bytes_max), "--config");
  ASTERISM_TRY(const auto config, parse_node_config(text), "'{}'", arguments.config);
  ASTERISM_TRY(const auto key, crypto::PrivateKey::load(arguments.operator_key), "--operator-key");
  ASTERISM_TRY(const auto scopes, joining_scopes(arguments.states));
  const Timestamp now = current_time();
  ASTERISM_TRY(auto loaded, load_manifests({.folder = arguments.manifests, .trust = config.trust}, scopes, now),
               "--manifests");
  ASTERISM_TRY(auto socket, connect_to(endpoint, connect_timeout));
  ASTERISM_TRY(const auto list, ask_for_members(std::move(socket), config, key), "{}", endpoint.to_string());
  std::map<attestation::SnpProduct, attestation::SnpTcb> floors;
  for (const auto product : attestation::snp_products)
    floors.emplace(product, attestation::SnpTcb{});
  const attestation::StaticReferenceValues references{std::move(loaded.images), std::move(floors), 0};
  attestation::JudgeRules rules{.required = config.evidence,
                                .standing = attestation::Standing::joining,
                                .cluster = config.cluster,
                                .tpm_roots = config.tpm_roots};
  rules.snp.products = {attestation::snp_products.begin(), attestation::snp_products.end()};
  ASTERISM_TRY(const auto verdicts, verify_members(list, config.cluster, references, rules, now));
  Json::Array members;
  for (const MemberVerdict& verdict : verdicts)
    members.push_back(to_json(verdict));
  const Json document{Json::Object{{"cluster", config.cluster}, {"members", std::move(members)}}};
  ASTERISM_CHECK(print_out(arguments.json ? document.to_text() : table(verdicts)));
  const auto bad = std::ranges::find_if(verdicts, [](const auto& v) { return !v.reason.empty(); });
  if (bad == verdicts.end()) return {};
  return fail(Errc::unverified, "{}: {}", bad->member.name, bad->reason);
}

}  // namespace

Command add_verify(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("verify", "verifies a cluster: its join service, then each member's evidence");
  verb->add_option("endpoint", arguments->endpoint, "host:port of the join service")->required();
  verb->add_option("--config", arguments->config, "the cluster's node configuration document")->required();
  verb->add_option("--operator-key", arguments->operator_key,
                   "PEM file or PKCS#11 URI; the service knows its public half")
      ->required();
  verb->add_option("--manifests", arguments->manifests, "folder of released manifests that members may run")
      ->required();
  verb->add_option("--secure-boot", arguments->states, "accepted state of members: on, off, absent; repeatable")
      ->capture_default_str();
  verb->add_flag("--json", arguments->json, "print JSON");
  return [arguments] { return verify(*arguments); };
}

}  // namespace asterism::cli
