// SPDX-License-Identifier: Apache-2.0
#include "common/cli.hpp"

#include <cerrno>
#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>

#include "common/bytes.hpp"

namespace asterism {
namespace {

struct CodeFacts {
  Errc code;
  int exit_code;
  std::string_view meaning;
  std::string_view advice;
};

constexpr CodeFacts code_facts[] = {
    {Errc::usage, 2, "wrong use", "see --help"},
    {Errc::not_found, 3, "something named does not exist", "check the name and where it should lie"},
    {Errc::io, 4, "reading or writing failed", "check permissions, free space and the device"},
    {Errc::corrupt, 5, "malformed data", "fetch or build the file again"},
    {Errc::unverified, 6, "data is not what was promised", "do not use it; get it from a trusted source"},
    {Errc::conflict, 7, "the present state forbids it", "change that first, then try again"},
    {Errc::unavailable, 8, "not available now", "try again later"},
    {Errc::unsupported, 9, "valid, but not supported", "use what the documentation lists as supported"},
    {Errc::internal, 70, "internal error", "please report this"},
};

const CodeFacts& facts_of(Errc code) noexcept {
  for (const CodeFacts& facts : code_facts) {
    if (facts.code == code) return facts;
  }
  return code_facts[std::size(code_facts) - 1];
}

}  // namespace

int exit_code(Errc code) noexcept {
  return facts_of(code).exit_code;
}

std::string error_line(std::string_view program, const Error& error) {
  const std::string_view advice = error.advice().empty() ? facts_of(error.code()).advice : error.advice();
  return std::format("{}: error: {}; {}", program, printable(error.message()), printable(advice));
}

std::string exit_code_help() {
  std::string text = "Exit codes:\n  0   success\n";
  for (const CodeFacts& facts : code_facts)
    text += std::format("  {:<3} {}\n", facts.exit_code, facts.meaning);
  return text;
}

Result<Parsed> parse_command_line(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help and --version arrive as exceptions
    app.exit(request);
    return Parsed::done;
  } catch (const CLI::ParseError& error) {
    return fail(Errc::usage, "{}", error.what());
  }
  return Parsed::run;
}

Result<> print_out(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) return std::unexpected{Error::from_errno(errno, "writing to standard output")};
  return {};
}

int run_program(std::string_view program, const std::function<Result<>()>& body) noexcept {
  try {
    auto outcome = [&]() -> Result<> {
      try {
        return body();
      } catch (const std::bad_alloc&) {
        return fail(Errc::internal, "out of memory");
      } catch (const std::exception& error) {
        return fail(Errc::internal, "unexpected exception: {}", error.what());
      }
    }();
    if (outcome) return 0;
    const std::string line = error_line(program, outcome.error()) + "\n";
    std::fputs(line.c_str(), stderr);
    return exit_code(outcome.error().code());
  } catch (...) {
    return exit_code(Errc::internal);  // not even the message could be made
  }
}

}  // namespace asterism
