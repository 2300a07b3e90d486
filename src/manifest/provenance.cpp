// SPDX-License-Identifier: Apache-2.0
#include "manifest/provenance.hpp"

#include <algorithm>

namespace asterism::manifest {
namespace {

constexpr std::string_view dirty_mark = "-dirty";
constexpr std::string_view build_type = "https://asterism.invalid/provenance/image-build/v1";

Result<> check_uri(std::string_view uri, std::string_view what) {
  if (uri.empty() || !std::ranges::all_of(uri, [](char c) { return c > ' ' && c <= '~'; })) {
    return fail(Errc::usage, "{}: '{}' is no URI", what, excerpt(uri));
  }
  return {};
}

Json sha256_json(const Digest& digest) {
  return Json::Object{{"sha256", digest.hex()}};
}

Json subjects_json(const Manifest& manifest, const ProvenanceRequest& request) {
  Json::Array subjects{Json::Object{{"name", request.manifest_name}, {"digest", sha256_json(request.manifest_sha256)}}};
  for (const ArtefactRecord& artefact : manifest.artefacts) {
    subjects.push_back(Json::Object{{"name", artefact.name}, {"digest", sha256_json(artefact.sha256)}});
  }
  return subjects;
}

Json dependencies_json(const Manifest& manifest, const ProvenanceRequest& request) {
  std::string_view commit = manifest.revision;
  if (commit.ends_with(dirty_mark)) commit.remove_suffix(dirty_mark.size());
  Json::Array dependencies{Json::Object{{"uri", std::format("git+{}@{}", request.source_uri, commit)},
                                        {"digest", Json::Object{{"gitCommit", commit}}}}};
  for (const InputRecord& input : manifest.inputs) {
    dependencies.push_back(Json::Object{{"name", input.name}, {"digest", sha256_json(input.sha256)}});
  }
  return dependencies;
}

}  // namespace

Result<Json> provenance_statement(const Manifest& manifest, const ProvenanceRequest& request) {
  ASTERISM_CHECK(check_uri(request.builder_id, "builder"));
  ASTERISM_CHECK(check_uri(request.source_uri, "source"));
  Json::Object parameters{{"name", manifest.name}, {"version", manifest.version}, {"revision", manifest.revision}};
  Json::Object definition{{"buildType", build_type},
                          {"externalParameters", std::move(parameters)},
                          {"internalParameters", Json::Object{{"locked", manifest.locked}}},
                          {"resolvedDependencies", dependencies_json(manifest, request)}};
  Json::Object details{{"builder", Json::Object{{"id", request.builder_id}}}};
  return Json{Json::Object{
      {"_type", "https://in-toto.io/Statement/v1"},
      {"subject", subjects_json(manifest, request)},
      {"predicateType", "https://slsa.dev/provenance/v1"},
      {"predicate", Json::Object{{"buildDefinition", std::move(definition)}, {"runDetails", std::move(details)}}}}};
}

}  // namespace asterism::manifest
