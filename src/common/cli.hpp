// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace CLI {
class App;
}

namespace asterism {

/// The exit code of a program that fails with `code`; 0 is success.
/// 2 usage, 3 not found, 4 io, 5 corrupt, 6 unverified, 7 conflict, 8 unavailable, 9 unsupported, 70 internal.
[[nodiscard]] int exit_code(Errc code) noexcept;

/// One line for people: "<program>: error: <message>; <what to do>". Control characters are made visible, and where
/// the error carries no advice of its own, the usual one for its code stands there.
[[nodiscard]] std::string error_line(std::string_view program, const Error& error);

/// The table of exit codes for the end of --help.
[[nodiscard]] std::string exit_code_help();

/// What parsing the command line came to.
enum class Parsed : std::uint8_t {
  run,   ///< go on
  done,  ///< --help or --version was printed: leave with success
};

/// CLI11's parse without its exceptions. --help and --version go to stdout.
/// @errors `usage` for what CLI11 refuses.
[[nodiscard]] Result<Parsed> parse_command_line(CLI::App& app, int argc, const char* const* argv);

/// Writes all of `text` to standard output. @errors `io`, e.g. for a closed pipe or a full disk.
[[nodiscard]] Result<> print_out(std::string_view text);

/// The body of main(): runs `body`, prints error_line() to stderr, gives the exit code. Exceptions that libraries
/// threw end here as `internal`.
[[nodiscard]] int run_program(std::string_view program, const std::function<Result<>()>& body) noexcept;

}  // namespace asterism
