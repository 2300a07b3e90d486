// SPDX-License-Identifier: Apache-2.0
#include "join/node_config.hpp"

#include <algorithm>

#include "join/fields.hpp"
#include "join/message.hpp"

namespace asterism::join {
namespace {

constexpr JsonLimits limits{.text_bytes = 64U << 10, .depth = 8, .values = 1000};
constexpr std::size_t endpoints_max = 16;

constexpr std::size_t operators_max = 16;

Result<std::optional<RecoveryRules>> recovery_rules(JsonObjectDecoder& root) {
  const Json* const value = root.optional("recovery");
  if (!value) return std::optional<RecoveryRules>{};
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(*value, root.path_of("recovery")));
  RecoveryRules rules;
  ASTERISM_TRY(const auto place, object.string("listen"));
  ASTERISM_TRY(rules.listen, parse_endpoint(place), "{}", object.path_of("listen"));
  ASTERISM_TRY(const auto operators, text_list(object, "operators", operators_max));
  for (const std::string& id : operators) {
    const auto bytes = from_hex(id);
    if (!bytes || bytes->size() != 32 || to_hex(*bytes) != id) {
      return fail(Errc::unverified, "{}: '{}' is no SHA-256 in 64 small digits", object.path_of("operators"),
                  excerpt(id));
    }
    rules.operators.insert(id);
  }
  if (rules.operators.empty()) return fail(Errc::unverified, "{} is empty", object.path_of("operators"));
  ASTERISM_CHECK(object.finish());
  return std::optional{std::move(rules)};
}

Result<NodeConfig> decode(JsonObjectDecoder root) {
  ASTERISM_CHECK(schema_one(root));
  ASTERISM_TRY(auto cluster, cluster_id(root, "cluster"));
  ASTERISM_TRY(auto name, root.string("name"));
  if (!is_node_name(name)) {
    return fail(Errc::unverified, "$.name is '{}': 1 to 63 of a-z, 0-9 and '-', no '-' at the ends", excerpt(name));
  }
  ASTERISM_TRY(const auto places, text_list(root, "endpoints", endpoints_max));
  std::vector<Endpoint> endpoints;
  for (const std::string& place : places) {
    ASTERISM_TRY(auto endpoint, parse_endpoint(place), "$.endpoints[{}]", endpoints.size());
    endpoints.push_back(std::move(endpoint));
  }
  if (endpoints.empty()) return fail(Errc::unverified, "$.endpoints is empty");
  ASTERISM_TRY(auto evidence, evidence_kinds(root, "evidence"));
  ASTERISM_TRY(const auto* const trust_json, root.any("trust"));
  ASTERISM_TRY(auto trust, manifest::TrustPolicy::parse(trust_json->to_text()), "$.trust");
  ASTERISM_TRY(auto roots, certificates(root, "tpm_roots"));
  ASTERISM_TRY(auto recovery, recovery_rules(root));
  ASTERISM_CHECK(root.finish());
  return NodeConfig{.cluster = std::move(cluster),
                    .name = std::move(name),
                    .endpoints = std::move(endpoints),
                    .trust = std::move(trust),
                    .tpm_roots = std::move(roots),
                    .evidence = std::move(evidence),
                    .recovery = std::move(recovery)};
}

}  // namespace

std::string Endpoint::to_string() const {
  return host.contains(':') ? std::format("[{}]:{}", host, port) : std::format("{}:{}", host, port);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  Endpoint endpoint;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail(Errc::unverified, "'{}' is no host:port", excerpt(text));
  std::string_view host = text.substr(0, colon);
  endpoint.port = text.substr(colon + 1);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == ':' || c == '%';
  };
  const bool digits = !endpoint.port.empty() && endpoint.port.size() <= 5 &&
                      std::ranges::all_of(endpoint.port, [](char c) { return c >= '0' && c <= '9'; });
  if (host.empty() || host.size() > 255 || !std::ranges::all_of(host, allowed) || bracketed != host.contains(':') ||
      !digits || std::stoul(endpoint.port) == 0 || std::stoul(endpoint.port) > 65'535) {
    return fail(Errc::unverified, "'{}' is no host:port", excerpt(text));
  }
  endpoint.host = host;
  return endpoint;
}

Result<NodeConfig> parse_node_config(std::string_view json) {
  ASTERISM_TRY(const auto document, parse_json(json, limits), "node configuration");
  ASTERISM_TRY(auto root, JsonObjectDecoder::make(document, "$"), "node configuration");
  ASTERISM_TRY(auto config, decode(std::move(root)), "node configuration");
  return config;
}

}  // namespace asterism::join
