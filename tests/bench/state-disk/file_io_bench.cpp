// SPDX-License-Identifier: Apache-2.0
// Throughput of a file past the page cache: bench.file-io <file> <MiB>
//
// Writes the file from start to end, reads it again, then writes and reads blocks of 4 KiB at places of a fixed
// sequence. Prints "<seq-write> <seq-read> <random-write> <random-read>", MiB per second.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>

#include <fcntl.h>
#include <unistd.h>

namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;
constexpr std::size_t small = 4096;
constexpr std::size_t random_blocks = 2048;

void require(bool holds, const char* what) {
  if (holds) return;
  std::perror(what);
  std::exit(1);
}

/// MiB per second of `work`, which moves `bytes`; what it wrote is on the medium at the end.
double rate(int file, std::size_t bytes, const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  require(::fsync(file) == 0, "fsync");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return static_cast<double>(bytes) / static_cast<double>(mebibyte) / took.count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: bench.file-io <file> <MiB>\n"), 2;
  const std::size_t pieces = std::strtoul(argv[2], nullptr, 10);
  const int file = ::open(argv[1], O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
  require(file >= 0, argv[1]);
  auto* const buffer = static_cast<unsigned char*>(std::aligned_alloc(small, mebibyte));
  require(buffer != nullptr, "memory");
  std::mt19937 numbers{1};  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same places each time is the point
  std::generate_n(buffer, mebibyte, [&] { return static_cast<unsigned char>(numbers()); });

  const auto sequential = [&](auto transfer, const char* what) {
    return rate(file, pieces * mebibyte, [&] {
      for (std::size_t at = 0; at < pieces; ++at)
        require(transfer(file, buffer, mebibyte, static_cast<off_t>(at * mebibyte)) == static_cast<ssize_t>(mebibyte),
                what);
    });
  };
  const auto random = [&](auto transfer, const char* what) {
    std::uniform_int_distribution<std::size_t> place{0, pieces * mebibyte / small - 1};
    return rate(file, random_blocks * small, [&] {
      for (std::size_t count = 0; count < random_blocks; ++count) {
        const auto at = static_cast<off_t>(place(numbers) * small);
        require(transfer(file, buffer, small, at) == static_cast<ssize_t>(small), what);
      }
    });
  };
  const double seq_write = sequential(::pwrite, "write");
  const double seq_read = sequential(::pread, "read");
  const double random_write = random(::pwrite, "write");
  const double random_read = random(::pread, "read");
  std::printf("%.2f %.2f %.2f %.2f\n", seq_write, seq_read, random_write, random_read);
  std::free(buffer);  // NOLINT(cppcoreguidelines-no-malloc)
  return ::close(file);
}
