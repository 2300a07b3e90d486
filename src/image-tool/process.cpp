// SPDX-License-Identifier: Apache-2.0
#include "image-tool/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/unique_fd.hpp"

namespace asterism::image_tool {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kept_error_bytes = 4096;
constexpr std::size_t piece_bytes = std::size_t{1} << 16;

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected{Error::from_errno(errno, "making a pipe")};
  return Pipe{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

/// A started program; killed and reaped on destruction if nobody waited for it.
class Child {
 public:
  explicit Child(pid_t pid) noexcept : pid_{pid} {}
  Child(Child&& other) noexcept : pid_{std::exchange(other.pid_, -1)} {}
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
  }

  /// The wait status.
  int wait() noexcept {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

/// Freed on every path out.
struct SpawnActions {
  SpawnActions() noexcept { ::posix_spawn_file_actions_init(&actions); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  SpawnActions(SpawnActions&&) = delete;
  SpawnActions& operator=(SpawnActions&&) = delete;
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions); }
  posix_spawn_file_actions_t actions{};
};

Result<std::string> find_program(const std::string& name) {
  if (name.starts_with('/')) return name;
  for (const auto* folder : {"/usr/sbin", "/usr/bin", "/sbin", "/bin"}) {
    std::string path = std::format("{}/{}", folder, name);
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return fail(Errc::unavailable, "program '{}' is not installed", printable(name));
}

Result<Child> spawn(const std::vector<std::string>& words, int output, int errors) {
  if (words.empty()) return fail(Errc::internal, "no program to run");
  ASTERISM_TRY(const std::string program, find_program(words.front()));
  SpawnActions spawn_actions;
  auto* actions = &spawn_actions.actions;
  ::posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(actions, errors, STDERR_FILENO);
  // posix_spawn() takes pointers to non-const; it does not write through them, but copies cost nothing.
  std::vector<std::string> own_words = words;
  std::vector<std::string> own_environment{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"};
  const auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> list;
    list.reserve(texts.size() + 1);
    for (std::string& text : texts)
      list.push_back(text.data());
    list.push_back(nullptr);
    return list;
  };
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, program.c_str(), actions, nullptr, pointers(own_words).data(),
                                   pointers(own_environment).data());
  if (failed != 0) return std::unexpected{Error::from_errno(failed, std::format("starting '{}'", printable(program)))};
  return Child{pid};
}

/// Reads one piece; an empty one is the end.
Result<Bytes> read_piece(int fd, std::vector<std::byte>& buffer) {
  for (;;) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected{Error::from_errno(errno, "reading a program's output")};
    return Bytes{buffer}.first(static_cast<std::size_t>(n));
  }
}

/// Passes on what the program prints until both pipes end. @returns sated if the sink wanted no more.
Result<Appetite> pump(UniqueFd& output, UniqueFd& errors, std::string& kept_errors, const OutputSink& sink,
                      Clock::time_point deadline) {
  std::vector<std::byte> buffer(piece_bytes);
  while (output || errors) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return fail(Errc::unavailable, "still running after its time limit");
    std::array<pollfd, 2> waiting{{{output.get(), POLLIN, 0}, {errors.get(), POLLIN, 0}}};
    const int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(std::min<long long>(left, 1'000'000)));
    if (ready < 0 && errno != EINTR) return std::unexpected{Error::from_errno(errno, "waiting for a program")};
    if (ready <= 0) continue;
    if (output && waiting[0].revents != 0) {
      ASTERISM_TRY(const Bytes piece, read_piece(output.get(), buffer));
      if (piece.empty()) {
        output.reset();
      } else {
        ASTERISM_TRY(const Appetite appetite, sink(piece));
        if (appetite == Appetite::sated) return Appetite::sated;
      }
    }
    if (errors && waiting[1].revents != 0) {
      ASTERISM_TRY(const Bytes piece, read_piece(errors.get(), buffer));
      if (piece.empty()) errors.reset();
      kept_errors += as_text(piece.first(std::min(piece.size(), kept_error_bytes - kept_errors.size())));
    }
  }
  return Appetite::hungry;
}

}  // namespace

Result<ProcessOutcome> stream_process(const std::vector<std::string>& words, const OutputSink& sink,
                                      const ProcessLimits& limits) {
  const auto deadline = Clock::now() + limits.time;
  ASTERISM_TRY(Pipe output, make_pipe());
  ASTERISM_TRY(Pipe errors, make_pipe());
  ASTERISM_TRY(Child child, spawn(words, output.write.get(), errors.write.get()));
  output.write.reset();
  errors.write.reset();
  ProcessOutcome outcome;
  ASTERISM_TRY(const Appetite appetite, pump(output.read, errors.read, outcome.errors, sink, deadline), "{}",
               printable(words.front()));
  if (appetite == Appetite::sated) return outcome;  // the destructor kills it
  const int status = child.wait();
  if (WIFSIGNALED(status)) return fail(Errc::io, "{}: died by signal {}", printable(words.front()), WTERMSIG(status));
  outcome.exit_code = WEXITSTATUS(status);
  return outcome;
}

Result<ProcessOutcome> run_process(const std::vector<std::string>& words, const ProcessLimits& limits) {
  std::string collected;
  const auto collect = [&](Bytes piece) -> Result<Appetite> {
    if (piece.size() > limits.output_bytes - collected.size()) {
      return fail(Errc::unsupported, "prints more than {} bytes", limits.output_bytes);
    }
    collected += as_text(piece);
    return Appetite::hungry;
  };
  ASTERISM_TRY(ProcessOutcome outcome, stream_process(words, collect, limits));
  outcome.output = std::move(collected);
  return outcome;
}

Result<std::string> run_checked(const std::vector<std::string>& words, const ProcessLimits& limits) {
  ASTERISM_TRY(ProcessOutcome outcome, run_process(words, limits));
  if (outcome.exit_code != 0) return fail(Errc::io, "{}", describe_failure(words.front(), outcome));
  return std::move(outcome.output);
}

std::string plain_path(const std::string& path) {
  return path.starts_with('/') ? path : "./" + path;
}

std::string describe_failure(const std::string& program, const ProcessOutcome& outcome) {
  const std::string first_line = outcome.errors.substr(0, outcome.errors.find('\n'));
  return std::format("{}: exit code {}{}{}", printable(program), outcome.exit_code, first_line.empty() ? "" : ": ",
                     printable(first_line));
}

}  // namespace asterism::image_tool
