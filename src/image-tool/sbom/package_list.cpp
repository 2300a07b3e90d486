// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/package_list.hpp"

#include <set>

#include "common/bytes.hpp"
#include "common/json_decoder.hpp"

namespace asterism::image_tool {

Result<PackageList> parse_package_list(std::string_view text) {
  ASTERISM_TRY(const Json json, parse_json(text));
  ASTERISM_TRY(auto manifest, JsonObjectDecoder::make(json, "$"));
  ASTERISM_TRY(const auto version, manifest.unsigned_integer("manifest_version"));
  if (version != 1) return fail(Errc::unsupported, "manifest version {}", version);
  PackageList list;
  ASTERISM_TRY(auto config, manifest.object("config"));
  ASTERISM_TRY(list.distribution, config.string("distribution"));
  ASTERISM_TRY(list.release, config.string("release"));
  ASTERISM_TRY(const auto* packages, manifest.array("packages"));
  std::set<std::string> seen;
  for (const Json& item : *packages) {
    ASTERISM_TRY(auto package, JsonObjectDecoder::make(item, std::format("$.packages[{}]", list.packages.size())));
    ASTERISM_TRY(const auto type, package.string("type"));
    if (type != "deb") return fail(Errc::unsupported, "{}: a package of type '{}'", package.path(), printable(type));
    InstalledPackage installed;
    ASTERISM_TRY(installed.name, package.string("name"));
    ASTERISM_TRY(installed.version, package.string("version"));
    ASTERISM_TRY(installed.architecture, package.string("architecture"));
    if (!seen.insert(installed.name + ":" + installed.architecture).second) {
      return fail(Errc::corrupt, "{}: '{}' stands twice", package.path(), printable(installed.name));
    }
    list.packages.push_back(std::move(installed));
  }
  return list;
}

}  // namespace asterism::image_tool
