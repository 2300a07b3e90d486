// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/platform_rules.hpp"

#include <algorithm>

#include "common/json_decoder.hpp"
#include "manifest/launch.hpp"
#include "measured-boot/data_files.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::uint64_t schema_known = 1;
constexpr std::size_t pcr_count = 16;

Result<PcrRule> parse_rule(std::string_view text, std::string_view path) {
  for (const PcrRule rule : {PcrRule::enforced, PcrRule::warned, PcrRule::unpredictable}) {
    if (to_string(rule) == text) return rule;
  }
  return fail(Errc::corrupt, "{}: unknown rule '{}'", path, excerpt(text));
}

Result<PlatformPcr> decode_pcr(const Json& row, PcrIndex expected, const std::string& path) {
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(row, path));
  PlatformPcr pcr;
  ASTERISM_TRY(const auto number, object.unsigned_integer("pcr"));
  ASTERISM_TRY(const auto rule, object.string("rule"));
  ASTERISM_TRY(pcr.why, object.string("why"));
  ASTERISM_TRY(pcr.source, object.string("source"));
  ASTERISM_CHECK(object.finish());
  if (number != expected) return fail(Errc::corrupt, "{}: PCR {} where PCR {} belongs", path, number, expected);
  pcr.pcr = expected;
  ASTERISM_TRY(pcr.rule, parse_rule(rule, path));
  return pcr;
}

bool is_predicted(const PlatformPcr& pcr, const std::vector<PcrIndex>& predicted) {
  return std::ranges::contains(predicted, pcr.pcr);
}

}  // namespace

std::string_view to_string(PcrRule rule) noexcept {
  switch (rule) {
    case PcrRule::enforced:
      return "enforced";
    case PcrRule::warned:
      return "warned";
    case PcrRule::unpredictable:
      return "unpredictable";
  }
  return "unpredictable";
}

Result<PlatformRules> find_platform(std::string_view name) {
  if (!std::ranges::contains(manifest::platforms, name)) {
    return fail(Errc::not_found, "no platform '{}' (known: aws, azure, gcp, openstack, qemu)", excerpt(name));
  }
  ASTERISM_TRY(const auto text, data_file(std::format("platforms/{}.json", name)));
  ASTERISM_TRY(const auto json, parse_json(text), "platforms/{}.json", name);
  ASTERISM_TRY(auto root, JsonObjectDecoder::make(json, std::format("platforms/{}.json", name)));
  PlatformRules rules;
  ASTERISM_TRY(const auto schema, root.unsigned_integer("schema"));
  if (schema != schema_known) return fail(Errc::unsupported, "{}: version {}", root.path_of("schema"), schema);
  ASTERISM_TRY(rules.name, root.string("platform"));
  ASTERISM_TRY(rules.title, root.string("title"));
  ASTERISM_TRY(rules.tpm, root.string("tpm"));
  ASTERISM_TRY(const auto* rows, root.array("pcrs"));
  ASTERISM_CHECK(root.finish());
  if (rules.name != name || rows->size() != pcr_count) {
    return fail(Errc::corrupt, "{}: expected {} PCRs of platform {}", root.path(), pcr_count, name);
  }
  for (PcrIndex i = 0; i < pcr_count; ++i) {
    ASTERISM_TRY(auto pcr, decode_pcr((*rows)[i], i, std::format("{}[{}]", root.path_of("pcrs"), i)));
    rules.pcrs.push_back(std::move(pcr));
  }
  return rules;
}

std::string platform_table(const PlatformRules& rules, const std::vector<PcrIndex>& predicted) {
  std::string text = std::format("\nplatform {} ({})\nTPM: {}\n", rules.name, rules.title, rules.tpm);
  for (const PlatformPcr& pcr : rules.pcrs) {
    text += std::format("PCR {:>2}  {:<13}  {:<13}  {}\n", pcr.pcr, to_string(pcr.rule),
                        is_predicted(pcr, predicted) ? "predicted" : "not predicted", pcr.why);
  }
  return text;
}

Json platform_json(const PlatformRules& rules, const std::vector<PcrIndex>& predicted) {
  Json::Array pcrs;
  for (const PlatformPcr& pcr : rules.pcrs) {
    pcrs.push_back(Json::Object{{"pcr", pcr.pcr},
                                {"rule", to_string(pcr.rule)},
                                {"predicted", is_predicted(pcr, predicted)},
                                {"why", pcr.why},
                                {"source", pcr.source}});
  }
  return Json::Object{{"name", rules.name}, {"title", rules.title}, {"tpm", rules.tpm}, {"pcrs", std::move(pcrs)}};
}

}  // namespace asterism::measured_boot
