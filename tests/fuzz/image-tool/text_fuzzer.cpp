// SPDX-License-Identifier: Apache-2.0
// Text from packages: copyright files, licence expressions, control fields, locks, links.
#include <algorithm>
#include <span>

#include "common/json.hpp"
#include "contract.hpp"
#include "image-tool/sbom/deb_facts.hpp"
#include "image-tool/sbom/lockfile.hpp"
#include "image-tool/sbom/package_licence.hpp"
#include "image-tool/sbom/package_list.hpp"
#include "image-tool/sbom/utf8.hpp"

using namespace asterism;
using namespace asterism::image_tool;
using testing::require;

namespace {

bool is_expression(std::string_view text) {
  const auto balance = std::ranges::count(text, '(') - std::ranges::count(text, ')');
  return balance == 0 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  std::string_view{" ()-."}.contains(c);
         });
}

void check_licence(std::string_view text) {
  const auto declared = declared_licence(clean_utf8(text, text.size() * 3));
  require(declared.has_value(), "any text gives a licence");
  require(declared->expression.empty() == text.empty(), "text gives an expression");
  require(is_expression(declared->expression), "an expression has SPDX's characters only");
  for (const auto& [id, own] : declared->own) {
    require(declared->expression.contains(id), "a licence of one's own is used");
    require(!own.text.empty() && own.text.size() < licence_text_maximum_bytes + 200, "its text is bounded");
    require(parse_json(Json{own.text}.to_text()).has_value(), "its text can stand in JSON");
  }
}

void check_rest(std::string_view text) {
  if (const auto facts = parse_control(text); !facts) testing::require_refusal(facts.error());
  if (const auto facts = facts_from_text(text); !facts) testing::require_refusal(facts.error());
  if (const auto list = parse_package_list(text); !list) testing::require_refusal(list.error());
  const std::string package = linked_package("/usr/share/doc/a", text.substr(0, 4096));
  require(package != ".." && package != "." && !package.contains('/'), "a link leads to a package's name");
  const auto inputs = parse_lock(text);
  if (!inputs) return testing::require_refusal(inputs.error());
  for (const LockedInput& input : *inputs)
    require(input.sha256.size() == 64 && !input.path.contains(".."), "an input has a digest and a path");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = as_text(std::as_bytes(std::span{data, size}).subspan(1));
  if (data[0] % 2 == 0) {
    check_licence(text);
  } else {
    check_rest(text);
  }
  return 0;
}
