// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/launch_data.hpp"

#include <algorithm>
#include <charconv>

#include "measured-boot/data_files.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::uint64_t schema_known = 1;
constexpr std::uint64_t u16_max = 0xffff;
constexpr std::uint64_t u32_max = 0xffffffff;
constexpr std::uint64_t u64_max = ~std::uint64_t{0};

Result<Json> load(std::string_view name) {
  ASTERISM_TRY(const auto text, data_file(name));
  return parse_json(text);
}

Result<> check_schema(JsonObjectDecoder& object) {
  ASTERISM_TRY(const auto schema, object.unsigned_integer("schema"));
  if (schema != schema_known) return fail(Errc::unsupported, "{}: version {}", object.path_of("schema"), schema);
  return {};
}

Result<std::vector<FeatureChoice>> decode_features(JsonObjectDecoder& vmm, std::string_view key) {
  ASTERISM_TRY(const auto* rows, vmm.array(key));
  std::vector<FeatureChoice> choices;
  for (const Json& row : *rows) {
    ASTERISM_TRY(auto object, JsonObjectDecoder::make(row, vmm.path_of(key)));
    FeatureChoice choice;
    ASTERISM_TRY(choice.value, decode_number(object, "value", u64_max));
    ASTERISM_TRY(choice.reason, object.string("reason"));
    ASTERISM_TRY(choice.source, object.string("source"));
    ASTERISM_CHECK(object.finish());
    choices.push_back(std::move(choice));
  }
  return choices;
}

template <class Number>
Result<> take(Number& target, JsonObjectDecoder& object, std::string_view key, std::uint64_t maximum) {
  ASTERISM_TRY(const auto value, decode_number(object, key, maximum));
  target = static_cast<Number>(value);
  return {};
}

Result<VmsaRevision> decode_revision(const Json& row, const std::string& path) {
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(row, path));
  VmsaRevision revision;
  ASTERISM_TRY(revision.name, object.string("name"));
  ASTERISM_TRY(revision.reason, object.string("reason"));
  ASTERISM_TRY(revision.source, object.string("source"));
  ASTERISM_CHECK(take(revision.cs_attributes_bsp, object, "cs_attributes_bsp", u16_max));
  ASTERISM_CHECK(take(revision.cs_attributes_ap, object, "cs_attributes_ap", u16_max));
  ASTERISM_CHECK(take(revision.ss_attributes, object, "ss_attributes", u16_max));
  ASTERISM_CHECK(take(revision.tr_attributes, object, "tr_attributes", u16_max));
  ASTERISM_CHECK(take(revision.g_pat, object, "g_pat", u64_max));
  ASTERISM_CHECK(take(revision.mxcsr, object, "mxcsr", u32_max));
  ASTERISM_CHECK(take(revision.x87_fcw, object, "x87_fcw", u16_max));
  ASTERISM_TRY(const auto rdx, object.string("rdx"));
  if (rdx != "signature") {
    ASTERISM_TRY(revision.rdx, parse_number(rdx), "{}", object.path_of("rdx"));
  }
  ASTERISM_CHECK(object.finish());
  return revision;
}

Result<VmmModel> decode_vmm(const Json& row, const std::string& path) {
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(row, path));
  VmmModel vmm;
  ASTERISM_TRY(vmm.name, object.string("name"));
  ASTERISM_TRY(vmm.title, object.string("title"));
  ASTERISM_TRY(vmm.cpuid_last, object.boolean("cpuid_last"));
  ASTERISM_TRY(const auto sec_mem, object.string("sec_mem"));
  if (sec_mem != "zero" && sec_mem != "unmeasured") {
    return fail(Errc::corrupt, "{}: expected zero or unmeasured", object.path_of("sec_mem"));
  }
  vmm.sec_mem = sec_mem == "zero" ? SnpPageType::zero : SnpPageType::unmeasured;
  ASTERISM_TRY(vmm.guest_features, decode_features(object, "guest_features"));
  ASTERISM_TRY(vmm.es_features, decode_features(object, "es_features"));
  ASTERISM_TRY(const auto* revisions, object.array("revisions"));
  for (const Json& revision : *revisions) {
    ASTERISM_TRY(auto decoded, decode_revision(revision, object.path_of("revisions")));
    vmm.revisions.push_back(std::move(decoded));
  }
  ASTERISM_CHECK(object.finish());
  return vmm;
}

template <class Range>
std::string names_of(const Range& range) {
  std::string names;
  for (const auto& item : range)
    names += (names.empty() ? "" : ", ") + item.name;
  return names;
}

}  // namespace

Result<std::uint32_t> cpu_signature(std::uint64_t family, std::uint64_t model, std::uint64_t stepping) {
  constexpr std::uint64_t base_family_max = 0xf;
  if (family > base_family_max + 0xff || model > 0xff || stepping > 0xf) {
    return fail(Errc::usage, "no CPU has family {}, model {}, stepping {}", family, model, stepping);
  }
  const std::uint64_t extended_family = family > base_family_max ? family - base_family_max : 0;
  const std::uint64_t base_family = std::min(family, base_family_max);
  return static_cast<std::uint32_t>(extended_family << 20 | (model >> 4) << 16 | base_family << 8 | (model & 0xf) << 4 |
                                    stepping);
}

Result<std::vector<CpuType>> cpu_types() {
  ASTERISM_TRY(const auto json, load("launch/cpu-types.json"));
  ASTERISM_TRY(auto root, JsonObjectDecoder::make(json, "cpu-types.json"));
  ASTERISM_CHECK(check_schema(root));
  ASTERISM_CHECK(root.string("source"));
  ASTERISM_TRY(const auto* rows, root.array("cpu_types"));
  ASTERISM_CHECK(root.finish());
  std::vector<CpuType> types;
  for (const Json& row : *rows) {
    ASTERISM_TRY(auto object, JsonObjectDecoder::make(row, root.path_of("cpu_types")));
    ASTERISM_TRY(const auto name, object.string("name"));
    ASTERISM_TRY(const auto family, object.unsigned_integer("family"));
    ASTERISM_TRY(const auto model, object.unsigned_integer("model"));
    ASTERISM_TRY(const auto stepping, object.unsigned_integer("stepping"));
    ASTERISM_TRY(const auto* aliases, object.array("aliases"));
    ASTERISM_CHECK(object.finish());
    ASTERISM_TRY(const auto signature, cpu_signature(family, model, stepping), "{}", object.path());
    types.push_back({.name = name, .signature = signature});
    for (const Json& alias : *aliases) {
      const auto* text = alias.get_if<std::string>();
      if (!text) return fail(Errc::corrupt, "{}: expected string", object.path_of("aliases"));
      types.push_back({.name = *text, .signature = signature});
    }
  }
  return types;
}

Result<std::uint32_t> find_cpu_type(std::string_view name) {
  ASTERISM_TRY(const auto types, cpu_types());
  const auto found = std::ranges::find(types, name, &CpuType::name);
  if (found == types.end()) {
    return fail(Errc::not_found, "no CPU type '{}' (known: {})", printable(name), names_of(types));
  }
  return found->signature;
}

Result<std::vector<VmmModel>> vmm_models() {
  ASTERISM_TRY(const auto json, load("launch/vmms.json"));
  ASTERISM_TRY(auto root, JsonObjectDecoder::make(json, "vmms.json"));
  ASTERISM_CHECK(check_schema(root));
  ASTERISM_TRY(const auto* rows, root.array("vmms"));
  ASTERISM_CHECK(root.finish());
  std::vector<VmmModel> models;
  for (const Json& row : *rows) {
    ASTERISM_TRY(auto model, decode_vmm(row, root.path_of("vmms")));
    models.push_back(std::move(model));
  }
  return models;
}

Result<VmmModel> find_vmm(std::string_view name) {
  ASTERISM_TRY(const auto models, vmm_models());
  const auto found = std::ranges::find(models, name, &VmmModel::name);
  if (found == models.end()) {
    return fail(Errc::not_found, "no VMM '{}' (known: {})", printable(name), names_of(models));
  }
  return *found;
}

Result<std::uint64_t> parse_number(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x");
  const std::string_view digits = hexadecimal ? text.substr(2) : text;
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value, hexadecimal ? 16 : 10);
  if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) {
    return fail(Errc::corrupt, "'{}' is not a number", excerpt(text));
  }
  return value;
}

Result<std::uint64_t> decode_number(JsonObjectDecoder& object, std::string_view key, std::uint64_t maximum) {
  ASTERISM_TRY(const auto text, object.string(key));
  ASTERISM_TRY(const auto value, parse_number(text), "{}", object.path_of(key));
  if (value > maximum) return fail(Errc::corrupt, "{}: {} is over {:#x}", object.path_of(key), text, maximum);
  return value;
}

}  // namespace asterism::measured_boot
