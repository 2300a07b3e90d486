// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz harness over the files of the folders given as arguments, and over some inputs made from each by chance:
// a small share of what libFuzzer does, the same each time, for any compiler.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr unsigned variants_per_seed = 50;

/// A few bytes altered, and now and then the end cut off.
std::vector<std::uint8_t> variant(std::vector<std::uint8_t> input, std::minstd_rand& chance) {
  if (input.empty()) return input;
  for (unsigned i = chance() % 4 + 1; i > 0; --i)
    input[chance() % input.size()] = static_cast<std::uint8_t>(chance() >> 8);
  if (chance() % 4 == 0) input.resize(chance() % input.size());
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  std::minstd_rand chance{1};
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator{argv[i]}) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file{entry.path(), std::ios::binary};
      const std::vector<char> content{std::istreambuf_iterator<char>{file}, {}};
      const std::vector<std::uint8_t> input{content.begin(), content.end()};
      LLVMFuzzerTestOneInput(input.data(), input.size());
      ++count;
      for (unsigned n = 0; n < variants_per_seed; ++n) {
        const auto altered = variant(input, chance);
        LLVMFuzzerTestOneInput(altered.data(), altered.size());
      }
    }
  }
  std::printf("%zu inputs replayed, each also in %u variants\n", count, variants_per_seed);
  return count == 0 ? 1 : 0;
}
