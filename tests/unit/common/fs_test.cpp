// SPDX-License-Identifier: Apache-2.0
#include "common/fs.hpp"

#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>

#include "common/mapped_file.hpp"

using namespace asterism;

namespace {

struct Folder {
  Folder() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directory(path);
  }
  void put(const std::string& name, const std::string& content) const {
    std::ofstream{path + "/" + name, std::ios::binary} << content;
  }
  const std::string path = "files";
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(files, Folder)

BOOST_AUTO_TEST_CASE(reads_up_to_the_limit_and_no_further) {
  put("ten", "0123456789");
  BOOST_TEST(read_text_file(path + "/ten", 10).value() == "0123456789");
  BOOST_TEST((read_file(path + "/ten", 9).error().code() == Errc::unsupported));
  put("none", "");
  BOOST_TEST(read_file(path + "/none", 0).value().empty());
}

BOOST_AUTO_TEST_CASE(reads_files_that_report_no_size) {
  BOOST_TEST(read_text_file("/proc/self/status", 1 << 20).value().starts_with("Name:"));
}

BOOST_AUTO_TEST_CASE(reads_more_than_a_page) {
  const std::string content(100'001, 'x');
  put("big", content);
  BOOST_TEST(read_text_file(path + "/big", content.size()).value() == content);
}

BOOST_AUTO_TEST_CASE(chunks_add_up_to_the_file) {
  const std::string content((std::size_t{1} << 20) + 5, 'y');
  put("chunks", content);
  std::string seen;
  std::size_t count = 0;
  BOOST_TEST(for_each_chunk(path + "/chunks", [&](Bytes chunk) {
               seen += as_text(chunk);
               ++count;
             }).has_value());
  BOOST_TEST((seen == content));
  BOOST_TEST(count == 2u);
  BOOST_TEST((for_each_chunk(path + "/absent", [](Bytes) {}).error().code() == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(errors_say_what_to_do) {
  BOOST_TEST((read_file(path + "/absent", 1).error().code() == Errc::not_found));
  BOOST_TEST((read_file(path, 1).error().code() == Errc::io));
  BOOST_TEST((MappedFile::open(path).error().code() == Errc::unsupported));
  BOOST_TEST((MappedFile::open(path + "/absent").error().code() == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(relative_to_a_folder) {
  put("here", "x");
  const UniqueFd dir{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  BOOST_TEST(read_file_at(dir.get(), "here", 1).value().size() == 1u);
}

BOOST_AUTO_TEST_CASE(maps_what_is_there) {
  put("mapped", "hello");
  auto file = MappedFile::open(path + "/mapped").value();
  const MappedFile moved = std::move(file);
  BOOST_TEST(as_text(moved.bytes()) == "hello");
  put("nothing", "");
  BOOST_TEST(MappedFile::open(path + "/nothing").value().bytes().empty());
}

BOOST_AUTO_TEST_CASE(replaces_a_file_whole_and_leaves_nothing_behind) {
  put("target", "old");
  BOOST_TEST(write_file_atomically(path + "/target", as_bytes("new")).has_value());
  BOOST_TEST(read_text_file(path + "/target", 10).value() == "new");
  BOOST_TEST(std::distance(std::filesystem::directory_iterator{path}, {}) == 1);
  BOOST_TEST((write_file_atomically(path + "/no/target", {}).error().code() == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_failed_replacement_leaves_no_temporary_file) {
  std::filesystem::create_directory(path + "/folder");
  put("folder/inside", "x");
  BOOST_TEST(!write_file_atomically(path + "/folder", as_bytes("x")).has_value());
  BOOST_TEST(std::distance(std::filesystem::directory_iterator{path}, {}) == 1);
}

BOOST_AUTO_TEST_CASE(a_descriptor_has_one_owner) {
  UniqueFd first = open_read_only_at(AT_FDCWD, "/dev/null").value();
  const int number = first.get();
  UniqueFd second = std::move(first);
  BOOST_TEST(second.get() == number);
  second = open_read_only_at(AT_FDCWD, "/dev/zero").value();
  BOOST_TEST(::fcntl(number, F_GETFD) == -1);
  second.reset();
  BOOST_TEST(!second);
}

BOOST_AUTO_TEST_SUITE_END()
