// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/package_licence.hpp"

#include <set>

#include "common/digest.hpp"
#include "image-tool/sbom/copyright_file.hpp"
#include "image-tool/sbom/licence_expression.hpp"
#include "image-tool/sbom/licence_names.hpp"
#include "image-tool/sbom/spdx_document.hpp"
#include "image-tool/sbom/utf8.hpp"

namespace asterism::image_tool {
namespace {

constexpr std::size_t hash_digits = 12;
constexpr std::size_t name_maximum_bytes = 100;

std::string bounded_text(std::string_view text, const std::string& digest) {
  std::string kept = clean_utf8(text, licence_text_maximum_bytes);
  if (text.size() > licence_text_maximum_bytes) {
    kept += std::format("\n[cut here; the whole text has {} bytes and SHA-256 {}]\n", text.size(), digest);
  }
  return kept;
}

/// Each licence once: what AND joins is taken apart, unless it holds a choice.
void insert_terms(std::set<std::string>& terms, std::string_view expression) {
  constexpr std::string_view joint = " AND ";
  if (expression.contains(" OR ")) {
    terms.emplace(expression);
    return;
  }
  for (std::size_t end = expression.find(joint); end != std::string_view::npos; end = expression.find(joint)) {
    terms.emplace(expression.substr(0, end));
    expression.remove_prefix(end + joint.size());
  }
  terms.emplace(expression);
}

/// Adds a licence of one's own. @returns its id, which tells texts of the same name apart.
Result<std::string> add_own(DeclaredLicence& declared, std::string_view name, std::string_view text) {
  ASTERISM_TRY(const Digest digest, hash(HashAlgorithm::sha256, {as_bytes(name), as_bytes("\n"), as_bytes(text)}));
  ASTERISM_TRY(const Digest text_digest, sha256(as_bytes(text)));
  const std::string short_name = clean_utf8(name, name_maximum_bytes);
  std::string id = std::format("LicenseRef-{}-{}", spdx_id_part(short_name), digest.hex().substr(0, hash_digits));
  declared.own.try_emplace(id, OwnLicence{short_name, bounded_text(text, text_digest.hex())});
  return id;
}

}  // namespace

Result<DeclaredLicence> declared_licence(std::string_view copyright) {
  DeclaredLicence declared;
  if (copyright.empty()) return declared;
  const CopyrightFile file = parse_copyright_file(copyright);
  if (!file.is_machine_readable) {
    ASTERISM_TRY(declared.expression, add_own(declared, "copyright", copyright));
    return declared;
  }
  std::set<std::string> terms;
  for (const std::string& line : file.licences) {
    const auto text_of = [&](const std::string& name) {
      const auto found = file.texts.find(name);
      return found == file.texts.end() ? std::string{"The copyright file names this licence without its text."}
                                       : found->second;
    };
    // Terms of a line that turns out to be no expression must leave nothing behind.
    DeclaredLicence found;
    Result<> hashed;
    const auto own_term = [&](const std::string& name, std::string_view text) {
      auto id = add_own(found, name, text);
      if (id) return *std::move(id);
      hashed = std::unexpected{std::move(id).error()};
      return std::string{};
    };
    const auto term = [&](std::string_view licence, std::string_view exception) {
      const auto known = spdx_licence(licence);
      if (known && exception.empty()) return std::string{*known};
      const auto known_exception = spdx_exception(exception);
      if (known && known_exception) return std::format("{} WITH {}", *known, *known_exception);
      const std::string name =
          exception.empty() ? std::string{licence} : std::format("{} with {} exception", licence, exception);
      return own_term(name, text_of(name));
    };
    if (const auto expression = spdx_expression(line, term)) {
      insert_terms(terms, *expression);
    } else {
      found.own.clear();
      terms.insert(own_term("unnamed", line + "\n" + text_of(line)));
    }
    ASTERISM_CHECK(std::move(hashed));
    declared.own.merge(found.own);
  }
  for (const std::string& term : terms) {
    const bool is_choice_among_others = terms.size() > 1 && term.contains(" OR ");
    declared.expression += declared.expression.empty() ? "" : " AND ";
    declared.expression += is_choice_among_others ? std::format("({})", term) : term;
  }
  return declared;
}

}  // namespace asterism::image_tool
