// SPDX-License-Identifier: Apache-2.0
#include "efi/pe.hpp"

#include <algorithm>

#include "image-tool/compare.hpp"
#include "image-tool/diff/inspect.hpp"

namespace asterism::image_tool {

Result<> inspect_pe(const std::string& place, Bytes a, Bytes b, const Inspection& inspection) {
  ASTERISM_TRY(const auto left, efi::PeImage::parse(ByteView{a}));
  ASTERISM_TRY(const auto right, efi::PeImage::parse(ByteView{b}));
  const auto& sections_a = left.sections();
  const auto& sections_b = right.sections();
  const auto same_name = [](const efi::PeSection& x, const efi::PeSection& y) { return x.name == y.name; };
  if (!std::ranges::equal(sections_a, sections_b, same_name)) {
    const auto [at_a, at_b] = std::ranges::mismatch(sections_a, sections_b, same_name);
    const auto name = [](const auto& sections, auto at) {
      return at == sections.end() ? "the end" : printable(at->name);
    };
    inspection.findings.add(place, std::format("the lists of sections differ first at {} / {}", name(sections_a, at_a),
                                               name(sections_b, at_b)));
    return {};
  }
  for (std::size_t i = 0; i < sections_a.size(); ++i) {
    const Bytes content_a = left.loaded_bytes(sections_a[i]);
    const Bytes content_b = right.loaded_bytes(sections_b[i]);
    if (!first_difference(content_a, content_b)) continue;
    inspect(std::format("{}: section {}", place, printable(sections_a[i].name)), content_a, content_b, inspection);
    return {};
  }
  const auto table = [](const efi::PeImage& image) {
    return image.file().bytes().subspan(image.certificates().offset, image.certificates().size);
  };
  const Bytes before_a = a.first(a.size() - left.certificates().size);
  const Bytes before_b = b.first(b.size() - right.certificates().size);
  if (left.certificates().size != right.certificates().size || first_difference(table(left), table(right))) {
    inspection.findings.add(std::format("{}: signature", place), describe_bytes(table(left), table(right)));
  }
  if (const auto at = first_difference(before_a, before_b)) {
    inspection.findings.add(place, std::format("all sections are equal: headers or padding differ at byte {:#x}", *at));
  }
  return {};
}

}  // namespace asterism::image_tool
