// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/licence_names.hpp"

#include <algorithm>
#include <array>

namespace asterism::image_tool {
namespace {

struct Name {
  std::string_view debian;
  std::string_view spdx;
};

// The GNU licences without a version are those whose text lets the receiver choose any version ever published.
// "Artistic" is the text in /usr/share/common-licenses, which came with Perl.
constexpr Name renamed[] = {
    {"agpl-3", "AGPL-3.0-only"},
    {"agpl-3+", "AGPL-3.0-or-later"},
    {"apache-2", "Apache-2.0"},
    {"artistic", "Artistic-1.0-Perl"},
    {"artistic-2", "Artistic-2.0"},
    {"bsl-1", "BSL-1.0"},
    {"bzip", "bzip2-1.0.6"},
    {"cc0", "CC0-1.0"},
    {"expat", "MIT"},
    {"gfdl-1.1", "GFDL-1.1-only"},
    {"gfdl-1.1+", "GFDL-1.1-or-later"},
    {"gfdl-1.2", "GFDL-1.2-only"},
    {"gfdl-1.2+", "GFDL-1.2-or-later"},
    {"gfdl-1.3", "GFDL-1.3-only"},
    {"gfdl-1.3+", "GFDL-1.3-or-later"},
    {"gfdl-1.3+-no-invariant", "GFDL-1.3-no-invariants-or-later"},
    {"gfdl-niv-1.2", "GFDL-1.2-no-invariants-only"},
    {"gfdl-niv-1.2+", "GFDL-1.2-no-invariants-or-later"},
    {"gfdl-niv-1.3", "GFDL-1.3-no-invariants-only"},
    {"gfdl-niv-1.3+", "GFDL-1.3-no-invariants-or-later"},
    {"gpl", "GPL-1.0-or-later"},
    {"gpl-1", "GPL-1.0-only"},
    {"gpl-1+", "GPL-1.0-or-later"},
    {"gpl-1.0", "GPL-1.0-only"},
    {"gpl-1.0+", "GPL-1.0-or-later"},
    {"gpl-2", "GPL-2.0-only"},
    {"gpl-2+", "GPL-2.0-or-later"},
    {"gpl-2.0", "GPL-2.0-only"},
    {"gpl-2.0+", "GPL-2.0-or-later"},
    {"gpl-3", "GPL-3.0-only"},
    {"gpl-3+", "GPL-3.0-or-later"},
    {"gpl-3.0", "GPL-3.0-only"},
    {"gpl-3.0+", "GPL-3.0-or-later"},
    {"lgpl", "LGPL-2.0-or-later"},
    {"lgpl-2", "LGPL-2.0-only"},
    {"lgpl-2+", "LGPL-2.0-or-later"},
    {"lgpl-2.0", "LGPL-2.0-only"},
    {"lgpl-2.0+", "LGPL-2.0-or-later"},
    {"lgpl-2.1", "LGPL-2.1-only"},
    {"lgpl-2.1+", "LGPL-2.1-or-later"},
    {"lgpl-3", "LGPL-3.0-only"},
    {"lgpl-3+", "LGPL-3.0-or-later"},
    {"lgpl-3.0", "LGPL-3.0-only"},
    {"lgpl-3.0+", "LGPL-3.0-or-later"},
    {"mpl-1", "MPL-1.0"},
    {"mpl-2", "MPL-2.0"},
    {"ofl-1", "OFL-1.0"},
    {"psf-2", "PSF-2.0"},
};

// Written as SPDX writes them; Debian's names differ in case at most.
constexpr std::string_view same[] = {
    "0BSD",
    "AFL-2.0",
    "AFL-2.1",
    "AFL-3.0",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Apache-1.0",
    "Apache-1.1",
    "Apache-2.0",
    "Artistic-1.0",
    "Artistic-2.0",
    "Beerware",
    "BSD-2-Clause",
    "BSD-2-Clause-Patent",
    "BSD-3-Clause",
    "BSD-4-Clause",
    "BSD-4-Clause-UC",
    "BSL-1.0",
    "bzip2-1.0.6",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "CDDL-1.0",
    "CPL-1.0",
    "curl",
    "EPL-1.0",
    "FSFAP",
    "FSFUL",
    "FSFULLR",
    "GPL-1.0-only",
    "GPL-1.0-or-later",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "HPND",
    "ISC",
    "Latex2e",
    "LGPL-2.0-only",
    "LGPL-2.0-or-later",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "Libpng",
    "MIT",
    "MIT-0",
    "MPL-1.0",
    "MPL-1.1",
    "MPL-2.0",
    "MS-PL",
    "NCSA",
    "OFL-1.1",
    "OLDAP-2.8",
    "OpenSSL",
    "PSF-2.0",
    "Python-2.0",
    "Sleepycat",
    "TCL",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Vim",
    "W3C",
    "WTFPL",
    "X11",
    "Zlib",
};

constexpr Name exceptions[] = {
    {"bison", "Bison-exception-2.2"},
    {"bison-2.2", "Bison-exception-2.2"},
    {"classpath", "Classpath-exception-2.0"},
    {"font", "Font-exception-2.0"},
    {"gcc-runtime-library", "GCC-exception-3.1"},
    {"linux-syscall-note", "Linux-syscall-note"},
    {"llvm", "LLVM-exception"},
    {"texinfo", "Texinfo-exception"},
};

bool equal_but_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, [&](char x, char y) { return lower(x) == lower(y); });
}

template <std::size_t Count>
std::optional<std::string_view> look_up(const Name (&names)[Count], std::string_view wanted) {
  for (const Name& name : names) {
    if (equal_but_case(name.debian, wanted)) return name.spdx;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> spdx_licence(std::string_view short_name) {
  if (const auto found = look_up(renamed, short_name)) return found;
  for (const std::string_view name : same) {
    if (equal_but_case(name, short_name)) return name;
  }
  return std::nullopt;
}

std::optional<std::string_view> spdx_exception(std::string_view name) {
  return look_up(exceptions, name);
}

}  // namespace asterism::image_tool
