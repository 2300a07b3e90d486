// SPDX-License-Identifier: Apache-2.0
#include "common/mapped_file.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <boost/test/unit_test.hpp>
#include <sys/mman.h>
#include <unistd.h>

using namespace asterism;

namespace {

struct File {
  std::string path = std::format("{}/mapped-{}", std::filesystem::temp_directory_path().string(), ::getpid());
  explicit File(const std::string& text) { std::ofstream{path} << text; }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { std::filesystem::remove(path); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(dropped_pages_read_the_same_again) {
  const std::string text(3 * 4096 + 100, 'x');
  const File file{text};
  const auto mapped = MappedFile::open(file.path).value();
  BOOST_TEST(std::ranges::equal(mapped.bytes(), as_bytes(text)));
  mapped.drop(mapped.bytes());
  mapped.drop(mapped.bytes().subspan(10, 5000));
  BOOST_TEST(std::ranges::equal(mapped.bytes(), as_bytes(text)));
}

BOOST_AUTO_TEST_CASE(memory_outside_of_the_mapping_is_left_alone) {
  const File file{std::string(4096, 'x')};
  const auto mapped = MappedFile::open(file.path).value();
  const std::vector<std::byte> other(64U << 10, std::byte{7});
  mapped.drop(other);
  mapped.drop({});
  BOOST_TEST(std::ranges::all_of(other, [](std::byte value) { return value == std::byte{7}; }));
}

BOOST_AUTO_TEST_CASE(only_regular_files_are_mapped) {
  BOOST_TEST((MappedFile::open("/nonexistent/file").error().code() == Errc::not_found));
  BOOST_TEST((MappedFile::open("/dev/null").error().code() == Errc::unsupported));
  const File empty{""};
  BOOST_TEST(MappedFile::open(empty.path).value().bytes().empty());
}
