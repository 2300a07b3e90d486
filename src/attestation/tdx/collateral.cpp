// SPDX-License-Identifier: Apache-2.0
#include "attestation/tdx/collateral.hpp"

#include "common/json_decoder.hpp"
#include "common/timestamp.hpp"

namespace asterism::attestation {
namespace {

constexpr JsonLimits limits{.text_bytes = std::size_t{256} << 10, .depth = 8, .values = 20'000};

Result<Time> decode_time(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(const auto text, object.string(key));
  ASTERISM_TRY(const auto time, parse_timestamp(text), "{}", object.path_of(key));
  return time;
}

template <std::size_t Size>
Result<FixedBytes<Size>> decode_hex(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(const auto text, object.string(key));
  ASTERISM_TRY(const auto bytes, from_hex(text), "{}", object.path_of(key));
  if (bytes.size() != Size) return fail(Errc::corrupt, "{}: {} bytes", object.path_of(key), bytes.size());
  return bytes_at<Size>(bytes, 0);
}

/// Bits written as bytes in memory order.
Result<std::uint64_t> decode_bits(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(const auto bytes, decode_hex<8>(object, key));
  return le_at(bytes, 0, 8);
}

/// A 32-bit word written in the same way.
Result<std::uint32_t> decode_word(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(const auto bytes, decode_hex<4>(object, key));
  return static_cast<std::uint32_t>(le_at(bytes, 0, 4));
}

Result<CollateralDates> decode_dates(JsonObjectDecoder& object) {
  CollateralDates dates;
  ASTERISM_TRY(dates.issued, decode_time(object, "issueDate"));
  ASTERISM_TRY(dates.next_update, decode_time(object, "nextUpdate"));
  ASTERISM_TRY(const auto number, object.unsigned_integer("tcbEvaluationDataNumber", 1U << 31));
  dates.evaluation_number = static_cast<std::uint32_t>(number);
  return dates;
}

/// Status and advisories, which every kind of level has.
template <class Level>
Result<> decode_verdict(JsonObjectDecoder& object, Level& level) {
  ASTERISM_CHECK(decode_time(object, "tcbDate"));
  ASTERISM_TRY(const auto status, object.string("tcbStatus"));
  ASTERISM_TRY(level.status, parse_tcb_status(status), "{}", object.path_of("tcbStatus"));
  if (!object.optional("advisoryIDs")) return object.finish();
  ASTERISM_TRY(const auto* advisories, object.array("advisoryIDs"));
  for (const Json& advisory : *advisories) {
    const auto* text = advisory.get_if<std::string>();
    if (!text) return fail(Errc::corrupt, "{}: no string", object.path_of("advisoryIDs"));
    level.advisories.push_back(excerpt(*text));
  }
  return object.finish();
}

Result<SvnLevel> decode_svn_level(JsonObjectDecoder object) {
  SvnLevel level;
  ASTERISM_TRY(auto tcb, object.object("tcb"));
  ASTERISM_TRY(const auto svn, tcb.unsigned_integer("isvsvn", 65535));
  ASTERISM_CHECK(tcb.finish());
  level.isv_svn = static_cast<std::uint16_t>(svn);
  ASTERISM_CHECK(decode_verdict(object, level));
  return level;
}

Result<FixedBytes<16>> decode_components(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(const auto* array, object.array(key));
  if (array->size() != 16) return fail(Errc::corrupt, "{}: {} components", object.path_of(key), array->size());
  FixedBytes<16> svns{};
  for (std::size_t i = 0; i < svns.size(); ++i) {
    ASTERISM_TRY(auto component, JsonObjectDecoder::make((*array)[i], std::format("{}[{}]", object.path_of(key), i)));
    ASTERISM_TRY(const auto svn, component.unsigned_integer("svn", 255));
    svns[i] = static_cast<std::byte>(svn);
    std::ignore = component.optional("category");  // says what the part is; nothing hangs on it
    std::ignore = component.optional("type");
    ASTERISM_CHECK(component.finish());
  }
  return svns;
}

Result<TcbLevel> decode_tcb_level(JsonObjectDecoder object) {
  TcbLevel level;
  ASTERISM_TRY(auto tcb, object.object("tcb"));
  ASTERISM_TRY(level.sgx, decode_components(tcb, "sgxtcbcomponents"));
  ASTERISM_TRY(level.tdx, decode_components(tcb, "tdxtcbcomponents"));
  ASTERISM_TRY(const auto pce_svn, tcb.unsigned_integer("pcesvn", 65535));
  ASTERISM_CHECK(tcb.finish());
  level.pce_svn = static_cast<std::uint16_t>(pce_svn);
  ASTERISM_CHECK(decode_verdict(object, level));
  return level;
}

template <class Element>
Result<std::vector<Element>> decode_list(JsonObjectDecoder& object, std::string_view key,
                                         Result<Element> (*decode)(JsonObjectDecoder)) {
  ASTERISM_TRY(const auto* array, object.array(key));
  std::vector<Element> list;
  for (std::size_t i = 0; i < array->size(); ++i) {
    ASTERISM_TRY(auto element, JsonObjectDecoder::make((*array)[i], std::format("{}[{}]", object.path_of(key), i)));
    ASTERISM_TRY(auto decoded, decode(std::move(element)));
    list.push_back(std::move(decoded));
  }
  return list;
}

Result<> decode_maker(JsonObjectDecoder& object, TdxModuleIdentity& module) {
  ASTERISM_TRY(module.mr_signer, decode_hex<48>(object, "mrsigner"));
  ASTERISM_TRY(module.attributes, decode_bits(object, "attributes"));
  ASTERISM_TRY(module.attributes_mask, decode_bits(object, "attributesMask"));
  return object.finish();
}

Result<TdxModuleIdentity> decode_module_identity(JsonObjectDecoder object) {
  TdxModuleIdentity module;
  ASTERISM_TRY(module.id, object.string("id"));
  ASTERISM_TRY(module.levels, decode_list(object, "tcbLevels", decode_svn_level));
  ASTERISM_CHECK(decode_maker(object, module));
  return module;
}

/// Kind and version of a document.
Result<> check_kind(JsonObjectDecoder& object, std::string_view id, std::uint64_t version) {
  ASTERISM_TRY(const auto got, object.string("id"));
  if (got != id) return fail(Errc::unsupported, "{}: '{}' instead of '{}'", object.path_of("id"), excerpt(got), id);
  ASTERISM_TRY(const auto number, object.unsigned_integer("version"));
  if (number != version)
    return fail(Errc::unsupported, "{}: {} (known: {})", object.path_of("version"), number, version);
  return {};
}

}  // namespace

Result<SignedDocument> split_signed_document(std::string_view document, std::string_view name) {
  while (!document.empty() && (document.back() == '\n' || document.back() == '\r'))
    document.remove_suffix(1);
  const std::string begin = std::format("{{\"{}\":", name);
  constexpr std::string_view middle = ",\"signature\":\"";
  constexpr std::string_view end = "\"}";
  constexpr std::size_t signature_digits = 128;
  const std::size_t tail = middle.size() + signature_digits + end.size();
  if (document.size() < begin.size() + tail || !document.starts_with(begin) || !document.ends_with(end) ||
      document.substr(document.size() - tail, middle.size()) != middle) {
    return fail(Errc::corrupt, "no document {{\"{}\":...,\"signature\":...}}", name);
  }
  SignedDocument split{.signed_text = document.substr(begin.size(), document.size() - begin.size() - tail)};
  ASTERISM_TRY(const auto signature,
               from_hex(document.substr(document.size() - end.size() - signature_digits, signature_digits)),
               "signature of {}", name);
  split.signature = bytes_at<64>(signature, 0);
  return split;
}

Result<TcbInfo> parse_tcb_info(std::string_view text) {
  ASTERISM_TRY(const auto json, parse_json(text, limits), "TCB info");
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(json, "$"), "TCB info");
  ASTERISM_CHECK(check_kind(object, "TDX", 3), "TCB info");
  TcbInfo info;
  ASTERISM_TRY(info.dates, decode_dates(object), "TCB info");
  ASTERISM_TRY(info.fmspc, decode_hex<6>(object, "fmspc"), "TCB info");
  ASTERISM_TRY(info.pce_id, decode_hex<2>(object, "pceId"), "TCB info");
  ASTERISM_CHECK(object.unsigned_integer("tcbType", 0), "TCB info");
  ASTERISM_TRY(auto module, object.object("tdxModule"), "TCB info");
  ASTERISM_CHECK(decode_maker(module, info.module), "TCB info");
  if (object.optional("tdxModuleIdentities")) {
    ASTERISM_TRY(info.module_identities, decode_list(object, "tdxModuleIdentities", decode_module_identity),
                 "TCB info");
  }
  ASTERISM_TRY(info.levels, decode_list(object, "tcbLevels", decode_tcb_level), "TCB info");
  ASTERISM_CHECK(object.finish(), "TCB info");
  return info;
}

Result<QeIdentity> parse_qe_identity(std::string_view text) {
  ASTERISM_TRY(const auto json, parse_json(text, limits), "QE identity");
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(json, "$"), "QE identity");
  ASTERISM_CHECK(check_kind(object, "TD_QE", 2), "QE identity");
  QeIdentity identity;
  ASTERISM_TRY(identity.dates, decode_dates(object), "QE identity");
  ASTERISM_TRY(identity.misc_select, decode_word(object, "miscselect"), "QE identity");
  ASTERISM_TRY(identity.misc_select_mask, decode_word(object, "miscselectMask"), "QE identity");
  ASTERISM_TRY(identity.attributes, decode_hex<16>(object, "attributes"), "QE identity");
  ASTERISM_TRY(identity.attributes_mask, decode_hex<16>(object, "attributesMask"), "QE identity");
  ASTERISM_TRY(identity.mr_signer, decode_hex<32>(object, "mrsigner"), "QE identity");
  ASTERISM_TRY(const auto product, object.unsigned_integer("isvprodid", 65535), "QE identity");
  identity.isv_prod_id = static_cast<std::uint16_t>(product);
  ASTERISM_TRY(identity.levels, decode_list(object, "tcbLevels", decode_svn_level), "QE identity");
  ASTERISM_CHECK(object.finish(), "QE identity");
  return identity;
}

}  // namespace asterism::attestation
