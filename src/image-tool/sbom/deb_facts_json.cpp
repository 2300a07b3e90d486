// SPDX-License-Identifier: Apache-2.0
#include "common/json_decoder.hpp"
#include "image-tool/sbom/deb_facts.hpp"

namespace asterism::image_tool {
namespace {

// Raised whenever what the facts mean changes: older cached ones are then read anew.
constexpr std::uint64_t cache_format = 1;

}  // namespace

std::string facts_to_text(const DebFacts& facts) {
  return Json{Json::Object{{"format", cache_format},
                           {"name", facts.name},
                           {"version", facts.version},
                           {"architecture", facts.architecture},
                           {"source", facts.source},
                           {"source_version", facts.source_version},
                           {"copyright", facts.copyright},
                           {"copyright_of", facts.copyright_of}}}
      .to_text();
}

Result<DebFacts> facts_from_text(std::string_view text) {
  ASTERISM_TRY(const Json json, parse_json(text, {.text_bytes = std::size_t{16} << 20}));
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(json, "$"));
  ASTERISM_TRY(const auto format, object.unsigned_integer("format"));
  if (format != cache_format) return fail(Errc::unverified, "cache format {}", format);
  DebFacts facts;
  ASTERISM_TRY(facts.name, object.string("name"));
  ASTERISM_TRY(facts.version, object.string("version"));
  ASTERISM_TRY(facts.architecture, object.string("architecture"));
  ASTERISM_TRY(facts.source, object.string("source"));
  ASTERISM_TRY(facts.source_version, object.string("source_version"));
  ASTERISM_TRY(facts.copyright, object.string("copyright"));
  ASTERISM_TRY(facts.copyright_of, object.string("copyright_of"));
  ASTERISM_CHECK(object.finish());
  return facts;
}

}  // namespace asterism::image_tool
