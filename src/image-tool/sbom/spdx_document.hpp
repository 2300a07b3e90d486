// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "common/error.hpp"
#include "common/json.hpp"

namespace asterism::image_tool {

/// One package of an SPDX document; empty texts are left out or become NOASSERTION.
struct SpdxPackage {
  // With initializers, or g++ warns of every designated initializer that leaves a member out.
  std::string id = {};  ///< "SPDXRef-..."
  std::string name = {};
  std::string version = {};
  std::string purpose = {};  ///< "APPLICATION", "OPERATING-SYSTEM", ...
  std::string supplier = {};
  std::string file_name = {};
  std::string sha256 = {};
  std::string source_info = {};
  std::string licence_declared = {};  ///< an SPDX licence expression
  std::string purl = {};
};

/// An SPDX 2.3 document: the same text for the same content, in whatever order that was added.
/// @source SPDX Specification 2.3, https://spdx.github.io/spdx-spec/v2.3/
/// @checked tests/interop/image-tool/sbom.py, with a JSON Schema and rules that a schema cannot say.
class SpdxDocument {
 public:
  /// @errors `conflict` if another package has that id.
  [[nodiscard]] Result<> add_package(const SpdxPackage& package);

  /// Says it once, however often it is called. @param type e.g. "CONTAINS".
  void relate(std::string from, std::string type, std::string to);

  /// A licence that is not on SPDX's list. @param id "LicenseRef-..."; its text is told by the id.
  void add_licence(const std::string& id, std::string_view name, std::string_view text);

  [[nodiscard]] bool has_package(const std::string& id) const { return packages_.contains(id); }

  /// The JSON text. Its name space ends with the SHA-256 of all the rest.
  /// @param created seconds since 1970. @param creator e.g. "image-tool-1.0".
  /// @errors `internal` if a relationship leads to nothing; `usage` for a time past the year 9999.
  [[nodiscard]] Result<std::string> to_text(std::string_view name, std::uint64_t created,
                                            std::string_view creator) const;

 private:
  std::map<std::string, Json> packages_;
  std::map<std::string, Json> licences_;
  std::set<std::tuple<std::string, std::string, std::string>> relationships_;
};

/// The id of the document itself, as relationships name it.
inline constexpr std::string_view spdx_document_id = "SPDXRef-DOCUMENT";

/// `text` with whatever may not stand in an SPDX id replaced by '-'.
[[nodiscard]] std::string spdx_id_part(std::string_view text);

/// Percent-encoding of a part of a package URL: letters, digits and ".-_~" stay.
/// @source https://github.com/package-url/purl-spec
[[nodiscard]] std::string purl_part(std::string_view text);

}  // namespace asterism::image_tool
