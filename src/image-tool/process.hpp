// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::image_tool {

/// What a program that we start may use.
struct ProcessLimits {
  std::chrono::seconds time{900};
  std::size_t output_bytes = std::size_t{4} << 20;  ///< of standard output, where it is collected
};

/// How a program ended.
struct ProcessOutcome {
  int exit_code = 0;
  std::string output;  ///< standard output; empty where a sink took it
  std::string errors;  ///< the first 4096 bytes of standard error
};

/// Whether a sink wants more of the output.
enum class Appetite : bool { sated, hungry };

/// Takes standard output piece by piece; an error from it ends the program and is passed on.
using OutputSink = std::function<Result<Appetite>(Bytes)>;

/// Runs a program found in the fixed path /usr/sbin:/usr/bin:/sbin:/bin, without a shell and with a fixed environment
/// (C locale, UTC), and waits for its end. Standard input is empty.
/// @returns also for a non-zero exit code.
/// @errors `unavailable` if there is no such program or it passes the time limit (it is killed then); `unsupported`
/// past
///         the output limit; `io` if it died by a signal.
[[nodiscard]] Result<ProcessOutcome> run_process(const std::vector<std::string>& words,
                                                 const ProcessLimits& limits = {});

/// run_process() whose output goes to `sink`. Once that is sated, the program is killed and counts as successful.
[[nodiscard]] Result<ProcessOutcome> stream_process(const std::vector<std::string>& words, const OutputSink& sink,
                                                    const ProcessLimits& limits = {});

/// The standard output of a program that must succeed.
/// @errors as run_process(); `io` with the first line that it printed to standard error for a non-zero exit code.
[[nodiscard]] Result<std::string> run_checked(const std::vector<std::string>& words, const ProcessLimits& limits = {});

/// A path that qemu-img takes for nothing but a file: not for an option, nor for "<protocol>:...".
[[nodiscard]] std::string plain_path(const std::string& path);

/// "qemu-img: exit code 1: <first line of standard error>", for messages.
[[nodiscard]] std::string describe_failure(const std::string& program, const ProcessOutcome& outcome);

}  // namespace asterism::image_tool
