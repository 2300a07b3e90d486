// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/spdx_document.hpp"

#include <algorithm>
#include <chrono>

#include "common/digest.hpp"

namespace asterism::image_tool {
namespace {

constexpr std::string_view no_assertion = "NOASSERTION";
constexpr std::uint64_t year_10000 = 253'402'300'800;

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

Json text_or_no_assertion(const std::string& text) {
  return text.empty() ? Json{no_assertion} : Json{text};
}

Json::Array values_of(const std::map<std::string, Json>& map) {
  Json::Array values;
  for (const auto& [key, value] : map)
    values.push_back(value);
  return values;
}

}  // namespace

Result<> SpdxDocument::add_package(const SpdxPackage& package) {
  Json::Object json{{"SPDXID", package.id},
                    {"name", package.name},
                    {"downloadLocation", no_assertion},
                    {"filesAnalyzed", false},
                    {"licenseConcluded", no_assertion},
                    {"licenseDeclared", text_or_no_assertion(package.licence_declared)},
                    {"copyrightText", no_assertion},
                    {"supplier", text_or_no_assertion(package.supplier)}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) json.emplace(key, value);
  };
  add("versionInfo", package.version);
  add("primaryPackagePurpose", package.purpose);
  add("packageFileName", package.file_name);
  add("sourceInfo", package.source_info);
  if (!package.sha256.empty()) {
    json.emplace("checksums", Json::Array{Json::Object{{"algorithm", "SHA256"}, {"checksumValue", package.sha256}}});
  }
  if (!package.purl.empty()) {
    json.emplace("externalRefs", Json::Array{Json::Object{{"referenceCategory", "PACKAGE-MANAGER"},
                                                          {"referenceType", "purl"},
                                                          {"referenceLocator", package.purl}}});
  }
  if (!packages_.emplace(package.id, std::move(json)).second) {
    return fail(Errc::conflict, "two packages have the id '{}'", package.id);
  }
  return {};
}

void SpdxDocument::relate(std::string from, std::string type, std::string to) {
  relationships_.emplace(std::move(from), std::move(type), std::move(to));
}

void SpdxDocument::add_licence(const std::string& id, std::string_view name, std::string_view text) {
  licences_.try_emplace(id, Json::Object{{"licenseId", id}, {"name", name}, {"extractedText", text}});
}

Result<std::string> SpdxDocument::to_text(std::string_view name, std::uint64_t created,
                                          std::string_view creator) const {
  if (created >= year_10000) return fail(Errc::usage, "a time past the year 9999: {}", created);
  Json::Array relationships;
  for (const auto& [from, type, to] : relationships_) {
    for (const std::string& end : {from, to}) {
      if (end != spdx_document_id && !packages_.contains(end)) {
        return fail(Errc::internal, "a relationship names '{}', which is nothing", end);
      }
    }
    relationships.emplace_back(
        Json::Object{{"spdxElementId", from}, {"relationshipType", type}, {"relatedSpdxElement", to}});
  }
  const std::chrono::sys_seconds time{std::chrono::seconds{created}};
  Json::Object document{{"spdxVersion", "SPDX-2.3"},
                        {"dataLicense", "CC0-1.0"},
                        {"SPDXID", spdx_document_id},
                        {"name", name},
                        {"creationInfo", Json::Object{{"created", std::format("{:%Y-%m-%dT%H:%M:%SZ}", time)},
                                                      {"creators", Json::Array{std::format("Tool: {}", creator)}}}},
                        {"packages", values_of(packages_)},
                        {"hasExtractedLicensingInfos", values_of(licences_)},
                        {"relationships", std::move(relationships)}};
  ASTERISM_TRY(const Digest digest, sha256(as_bytes(Json{document}.to_text())));
  document.emplace("documentNamespace", std::format("https://spdx.org/spdxdocs/{}-{}", purl_part(name), digest.hex()));
  return Json{std::move(document)}.to_text();
}

std::string spdx_id_part(std::string_view text) {
  std::string id{text};
  std::ranges::replace_if(id, [](char c) { return !is_letter_or_digit(c) && c != '.' && c != '-'; }, '-');
  return id;
}

std::string purl_part(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = is_letter_or_digit(c) || std::string_view{".-_~"}.contains(c);
    encoded += plain ? std::string{c} : std::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

}  // namespace asterism::image_tool
