// SPDX-License-Identifier: Apache-2.0
#include "join/service_config.hpp"

#include <algorithm>

#include "join/fields.hpp"
#include "join/message.hpp"

namespace asterism::join {
namespace {

using attestation::identity_pcr;
using attestation::ReferenceScope;
using attestation::snp_product_of_name;
using attestation::SnpTcb;

constexpr JsonLimits limits{.text_bytes = 256U << 10, .depth = 10, .values = 10'000};
constexpr std::size_t rules_max = 4096;
constexpr std::size_t scopes_max = 32;
constexpr std::size_t id_keys_max = 64;

Result<std::string> path_field(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(auto path, object.string(key));
  if (!path.starts_with('/') || printable(path) != path)
    return fail(Errc::unverified, "{} is no absolute path", object.path_of(key));
  return path;
}

Result<std::string> optional_text(JsonObjectDecoder& object, std::string_view key) {
  const Json* const value = object.optional(key);
  if (!value) return std::string{};
  const auto* const text = value->get_if<std::string>();
  if (!text || printable(*text) != *text) return fail(Errc::corrupt, "{} is no text", object.path_of(key));
  return *text;
}

Result<unsigned> number_field(JsonObjectDecoder& object, std::string_view key, unsigned least, unsigned most) {
  ASTERISM_TRY(const auto value, object.unsigned_integer(key));
  if (value < least || value > most)
    return fail(Errc::unverified, "{} is {}, not {} to {}", object.path_of(key), value, least, most);
  return static_cast<unsigned>(value);
}

Result<Endpoint> endpoint_field(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(const auto text, object.string(key));
  ASTERISM_TRY(auto endpoint, parse_endpoint(text), "{}", object.path_of(key));
  return endpoint;
}

Result<std::string> https_field(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(auto text, object.string(key));
  if (!text.starts_with("https://") || printable(text) != text || text.find_first_of(" \"'\\") != std::string::npos)
    return fail(Errc::unverified, "{} is '{}', no https address", object.path_of(key), excerpt(text));
  return text;
}

template <class Enum, std::size_t Size>
Result<Enum> word_field(JsonObjectDecoder& object, std::string_view key, const std::array<Enum, Size>& values) {
  ASTERISM_TRY(const auto word, object.string(key));
  const auto found = std::ranges::find_if(values, [&](Enum value) { return manifest::to_string(value) == word; });
  if (found == values.end()) return fail(Errc::unverified, "{} is '{}'", object.path_of(key), excerpt(word));
  return *found;
}

Result<ReferenceScope> decode_scope(JsonObjectDecoder object) {
  constexpr std::array states{manifest::SecureBoot::on, manifest::SecureBoot::off, manifest::SecureBoot::absent};
  ReferenceScope scope{.platform = {}, .pcrs_left_out = {identity_pcr}, .conditions = {}};
  ASTERISM_TRY(scope.platform, object.string("platform"));
  ASTERISM_TRY(scope.secure_boot, word_field(object, "secure_boot", states));
  ASTERISM_TRY(scope.stage, word_field(object, "stage", manifest::kernel_boot_stages));
  ASTERISM_CHECK(object.finish());
  return scope;
}

Result<std::vector<ReferenceScope>> decode_scopes(JsonObjectDecoder& object) {
  ASTERISM_TRY(const auto* const list, object.array("boots"));
  if (list->empty() || list->size() > scopes_max)
    return fail(Errc::unverified, "{} has {} entries, not 1 to {}", object.path_of("boots"), list->size(), scopes_max);
  std::vector<ReferenceScope> scopes;
  for (const Json& entry : *list) {
    ASTERISM_TRY(auto decoder,
                 JsonObjectDecoder::make(entry, std::format("{}[{}]", object.path_of("boots"), scopes.size())));
    ASTERISM_TRY(auto scope, decode_scope(std::move(decoder)));
    scopes.push_back(std::move(scope));
  }
  return scopes;
}

Result<SnpTcb> decode_tcb(JsonObjectDecoder object) {
  SnpTcb tcb;
  const std::pair<const char*, std::uint8_t*> parts[] = {{"fmc", &tcb.fmc},
                                                         {"bootloader", &tcb.bootloader},
                                                         {"tee", &tcb.tee},
                                                         {"snp", &tcb.snp},
                                                         {"microcode", &tcb.microcode}};
  for (const auto& [name, part] : parts) {
    ASTERISM_TRY(const auto value, object.unsigned_integer(name, 255));
    *part = static_cast<std::uint8_t>(value);
  }
  ASTERISM_CHECK(object.finish());
  return tcb;
}

/// {"Milan": {"fmc":0,"bootloader":…}, …}: products that are allowed, with the floor of each.
Result<> decode_snp(JsonObjectDecoder& object, Demands& demands) {
  const Json* const value = object.optional("snp");
  if (!value) return {};
  ASTERISM_TRY(auto products, JsonObjectDecoder::make(*value, object.path_of("snp")));
  for (const auto& [name, floor] : products.members()) {
    ASTERISM_TRY(const auto product, snp_product_of_name(name), "{}", products.path());
    ASTERISM_TRY(auto decoder, JsonObjectDecoder::make(floor, products.path_of(name)));
    ASTERISM_TRY(const auto tcb, decode_tcb(std::move(decoder)));
    demands.snp.products.insert(product);
    demands.snp_floors.emplace(product, tcb);
  }
  return {};
}

/// Certificates of processors whose hosts send none, and digests of keys that may sign a cloud's paravisor.
Result<> decode_paravisor(JsonObjectDecoder& object, Demands& demands) {
  ASTERISM_TRY(const auto held, certificates(object, "snp_certificates"));
  for (const attestation::Certificate& certificate : held) {
    ASTERISM_TRY(auto der, certificate.der());
    demands.snp_certificates.push_back(std::move(der));
  }
  ASTERISM_TRY(const auto keys, text_list(object, "snp_id_keys", id_keys_max));
  for (const std::string& text : keys) {
    const auto bytes = from_hex(text);
    if (!bytes || bytes->size() != attestation::FixedBytes<48>{}.size()) {
      return fail(Errc::unverified, "{}: '{}' is no SHA-384 in 96 digits", object.path_of("snp_id_keys"),
                  excerpt(text));
    }
    demands.snp.id_keys.push_back(attestation::bytes_at<48>(*bytes, 0));
  }
  return {};
}

Result<Demands> decode_demands(JsonObjectDecoder object) {
  Demands demands;
  ASTERISM_TRY(demands.evidence, evidence_kinds(object, "evidence"));
  ASTERISM_TRY(demands.tpm_roots, certificates(object, "tpm_roots"));
  ASTERISM_TRY(demands.scopes, decode_scopes(object));
  ASTERISM_CHECK(decode_snp(object, demands));
  ASTERISM_CHECK(decode_paravisor(object, demands));
  if (object.optional("tdx_collateral") != nullptr) {
    ASTERISM_TRY(demands.tdx_collateral, path_field(object, "tdx_collateral"));
  }
  ASTERISM_CHECK(object.finish());
  return demands;
}

Result<NameRule> decode_rule(JsonObjectDecoder object) {
  NameRule rule;
  ASTERISM_TRY(rule.pattern, object.string("name"));
  const std::string fixed =
      rule.pattern.ends_with('*') ? rule.pattern.substr(0, rule.pattern.size() - 1) + "x" : rule.pattern;
  if (!is_node_name(fixed)) return fail(Errc::unverified, "{} is '{}'", object.path_of("name"), excerpt(rule.pattern));
  ASTERISM_TRY(const auto identities, text_list(object, "identities", rules_max));
  rule.identities.insert(identities.begin(), identities.end());
  if (const Json* const value = object.optional("first_come")) {
    const auto* const flag = value->get_if<bool>();
    if (!flag) return fail(Errc::corrupt, "{} is no boolean", object.path_of("first_come"));
    rule.first_come = *flag;
  }
  if (rule.first_come != rule.identities.empty())
    return fail(Errc::unverified, "{}: either identities or first_come, not both", object.path());
  ASTERISM_CHECK(object.finish());
  return rule;
}

Result<std::vector<NameRule>> decode_rules(JsonObjectDecoder& object) {
  ASTERISM_TRY(const auto* const list, object.array("names"));
  if (list->size() > rules_max) return fail(Errc::unverified, "$.names has {} entries", list->size());
  std::vector<NameRule> rules;
  for (const Json& entry : *list) {
    ASTERISM_TRY(auto decoder, JsonObjectDecoder::make(entry, std::format("$.names[{}]", rules.size())));
    ASTERISM_TRY(auto rule, decode_rule(std::move(decoder)));
    rules.push_back(std::move(rule));
  }
  return rules;
}

Result<KubernetesAccess> decode_kubernetes(JsonObjectDecoder object) {
  KubernetesAccess access;
  ASTERISM_TRY(access.server, https_field(object, "server"));
  ASTERISM_TRY(access.endpoint, https_field(object, "endpoint"));
  ASTERISM_TRY(access.ca_file, path_field(object, "ca"));
  ASTERISM_TRY(access.certificate_file, optional_text(object, "certificate"));
  ASTERISM_TRY(access.key_file, optional_text(object, "key"));
  ASTERISM_TRY(access.token_file, optional_text(object, "token"));
  if (access.certificate_file.empty() == access.token_file.empty() ||
      access.certificate_file.empty() != access.key_file.empty()) {
    return fail(Errc::unverified, "{}: either certificate and key, or token", object.path());
  }
  ASTERISM_CHECK(object.finish());
  return access;
}

Result<ClusterDns> decode_dns(JsonObjectDecoder object) {
  ASTERISM_TRY(auto servers, text_list(object, "servers", 3));
  ASTERISM_TRY(auto domain, object.string("domain"));
  ASTERISM_CHECK(object.finish());
  const ClusterDns dns{.servers = std::move(servers), .domain = std::move(domain)};
  return parse_cluster_dns(servers_text(dns), dns.domain);
}

Result<SecretPlace> decode_secret(JsonObjectDecoder object) {
  SecretPlace place;
  ASTERISM_TRY(place.file, path_field(object, "file"));
  ASTERISM_TRY(place.key, optional_text(object, "key"));
  ASTERISM_CHECK(object.finish());
  return place;
}

Result<Rates> decode_rates(JsonObjectDecoder object) {
  Rates rates;
  ASTERISM_TRY(rates.burst, number_field(object, "burst", 1, 100'000));
  ASTERISM_TRY(rates.per_minute, number_field(object, "per_minute", 1, 1'000'000));
  ASTERISM_CHECK(object.finish());
  return rates;
}

Result<ServiceConfig> decode(JsonObjectDecoder root) {
  ASTERISM_CHECK(schema_one(root));
  ASTERISM_TRY(const auto* const trust_json, root.any("trust"));
  ASTERISM_TRY(auto trust, manifest::TrustPolicy::parse(trust_json->to_text()), "$.trust");
  ServiceConfig config{.cluster = {},
                       .listen = {},
                       .http = {},
                       .state = {},
                       .manifests = {},
                       .trust = std::move(trust),
                       .own_manifest = {},
                       .demands = {},
                       .names = {},
                       .kubernetes = {},
                       .secret = {},
                       .operators = {}};
  ASTERISM_TRY(config.cluster, cluster_id(root, "cluster"));
  ASTERISM_TRY(config.listen, endpoint_field(root, "listen"));
  ASTERISM_TRY(config.http, endpoint_field(root, "http"));
  ASTERISM_TRY(config.state, path_field(root, "state"));
  ASTERISM_TRY(config.manifests, path_field(root, "manifests"));
  ASTERISM_TRY(config.own_manifest, optional_text(root, "own_manifest"));
  if (const Json* const value = root.optional("allow_candidates")) {
    const auto* const flag = value->get_if<bool>();
    if (!flag) return fail(Errc::corrupt, "$.allow_candidates is no boolean");
    config.allow_candidates = *flag;
  }
  ASTERISM_TRY(auto demands, root.object("nodes"));
  ASTERISM_TRY(config.demands, decode_demands(std::move(demands)));
  ASTERISM_TRY(config.names, decode_rules(root));
  ASTERISM_TRY(auto kubernetes, root.object("kubernetes"));
  ASTERISM_TRY(config.kubernetes, decode_kubernetes(std::move(kubernetes)));
  if (root.optional("dns") != nullptr) {
    ASTERISM_TRY(auto dns, root.object("dns"));
    ASTERISM_TRY(config.dns, decode_dns(std::move(dns)), "$.dns");
  }
  ASTERISM_TRY(auto secret, root.object("master_secret"));
  ASTERISM_TRY(config.secret, decode_secret(std::move(secret)));
  ASTERISM_TRY(auto rates, root.object("rates"));
  ASTERISM_TRY(config.rates, decode_rates(std::move(rates)));
  ASTERISM_TRY(config.operators, text_list(root, "operators", 64));
  ASTERISM_TRY(config.sessions_max, number_field(root, "sessions", 1, 256));
  ASTERISM_CHECK(root.finish());
  return config;
}

}  // namespace

Result<ServiceConfig> parse_service_config(std::string_view json) {
  ASTERISM_TRY(const auto document, parse_json(json, limits), "service configuration");
  ASTERISM_TRY(auto root, JsonObjectDecoder::make(document, "$"), "service configuration");
  ASTERISM_TRY(auto config, decode(std::move(root)), "service configuration");
  return config;
}

}  // namespace asterism::join
