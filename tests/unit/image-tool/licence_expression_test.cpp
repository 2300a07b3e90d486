// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/licence_expression.hpp"

#include <format>

#include <boost/test/unit_test.hpp>

#include "image-tool/sbom/licence_names.hpp"

using namespace asterism::image_tool;

namespace {

std::optional<std::string> expression(std::string_view line) {
  return spdx_expression(line, [](std::string_view licence, std::string_view exception) {
    const auto known = spdx_licence(licence);
    const std::string name = known ? std::string{*known} : std::format("<{}>", licence);
    return exception.empty() ? name : std::format("{} WITH {}", name, spdx_exception(exception).value_or(exception));
  });
}

}  // namespace

BOOST_AUTO_TEST_CASE(expressions) {
  const std::pair<const char*, const char*> rows[] = {
      {"GPL-2", "GPL-2.0-only"},
      {"GPL-2+", "GPL-2.0-or-later"},
      {"gpl-2.0+", "GPL-2.0-or-later"},
      {"GPL", "GPL-1.0-or-later"},
      {"Expat", "MIT"},
      {"BSD-3-clause", "BSD-3-Clause"},
      {"GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"},
      {"public-domain", "<public-domain>"},
      {"MIT/X11", "<MIT/X11>"},
      {"GPL-1+ or Artistic", "GPL-1.0-or-later OR Artistic-1.0-Perl"},
      {"GPL-2 AND MIT", "GPL-2.0-only AND MIT"},
      {"GPL-2 Or MIT", "GPL-2.0-only OR MIT"},
      {"  ISC \t and  MIT ", "ISC AND MIT"},
      {"ISC and MIT or X11", "ISC AND MIT OR X11"},
      {"ISC or MIT and X11", "ISC OR MIT AND X11"},
      {"ISC or MIT, and X11", "(ISC OR MIT) AND X11"},
      {"ISC and MIT, or X11", "ISC AND MIT OR X11"},
      {"GPL-2+ or AFL-2.1, and Expat and Zlib", "(GPL-2.0-or-later OR AFL-2.1) AND MIT AND Zlib"},
      {"ISC or MIT, and X11 or Zlib", "(ISC OR MIT) AND (X11 OR Zlib)"},
      {"REGCOMP, and GPL-1+ or Artistic", "<REGCOMP> AND (GPL-1.0-or-later OR Artistic-1.0-Perl)"},
      {"GPL-2 with Linux-syscall-note exception", "GPL-2.0-only WITH Linux-syscall-note"},
      {"GPL-2 with Linux-syscall-note exception OR BSD-3-Clause",
       "GPL-2.0-only WITH Linux-syscall-note OR BSD-3-Clause"},
      {"GPL-3+ with Bison exception", "GPL-3.0-or-later WITH Bison-exception-2.2"},
      {"A with SOME OTHER exception and B", "<A> WITH SOME OTHER AND <B>"},
  };
  for (const auto& [line, expected] : rows)
    BOOST_TEST(expression(line).value_or("none") == expected, line);
}

BOOST_AUTO_TEST_CASE(what_is_no_expression) {
  std::string long_one = "MIT";
  for (int i = 0; i < 200; ++i)
    long_one += " or MIT";
  const std::string nul{"GPL-2\0", 6};
  const std::string rows[] = {
      "",
      " ",
      ",",
      "and",
      "or MIT",
      "MIT or",
      "MIT and and ISC",
      "MIT or, ISC",
      "MIT,",
      "MIT, ISC",
      "MIT ISC",
      "MIT with",
      "MIT with exception",
      "MIT with OpenSSL",
      "with OpenSSL exception",
      "MIT with or exception",
      "MIT with OpenSSL, exception",
      "Permission to use, copy, modify, and distribute this software",
      "Redistribution and use in source and binary forms, with or without",
      "This software is provided 'as-is'",
      "GPL-2 (or later)",
      "GPL-2\x01",
      nul,
      "\xc3\xa9",
      "MIT|ISC",
      "LicenseRef:x",
      long_one,
  };
  for (const std::string& line : rows)
    BOOST_TEST(expression(line).value_or("none") == "none", line);
}

BOOST_AUTO_TEST_CASE(names_without_one_spdx_licence_have_none) {
  for (const auto* name : {"", "public-domain", "custom", "GPL-2+ ", "GPL-4", "BSD", "none", "NOASSERTION"})
    BOOST_TEST(!spdx_licence(name).has_value(), name);
  BOOST_TEST(!spdx_exception("OpenSSL").has_value());
}
