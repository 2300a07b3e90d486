// SPDX-License-Identifier: Apache-2.0
#include "node-console/consoles.hpp"

#include <array>
#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.hpp"
#include "common/unique_fd.hpp"

using namespace asterism;
using namespace asterism::node_console;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

namespace {

/// A root with pipes for consoles, and standard output in a file meanwhile.
struct Root {
  Root() {
    std::filesystem::remove_all("root");
    std::filesystem::create_directories("root/dev");
    std::filesystem::create_directories("root/sys/class/tty/console");
    fd.reset(::open("root", O_PATH | O_DIRECTORY));
  }
  void list(std::string_view names) const { std::ofstream{"root/sys/class/tty/console/active"} << names; }
  UniqueFd console(const std::string& name) const {
    const std::string path = "root/dev/" + name;
    BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    return UniqueFd{::open(path.c_str(), O_RDONLY | O_NONBLOCK)};
  }
  void write(std::string_view text) const {
    const UniqueFd saved{::dup(STDOUT_FILENO)};
    const UniqueFd file{::open("stdout", O_RDWR | O_CREAT | O_TRUNC, 0600)};
    ::dup2(file.get(), STDOUT_FILENO);
    write_to_consoles(fd.get(), text, 50ms);
    ::dup2(saved.get(), STDOUT_FILENO);
  }
  static std::string taken(const UniqueFd& from) {
    std::string text;
    std::array<char, 65536> piece{};
    for (ssize_t n = 0; (n = ::read(from.get(), piece.data(), piece.size())) > 0;) {
      text.append(piece.data(), static_cast<std::size_t>(n));
    }
    return text;
  }
  UniqueFd fd;
};

}  // namespace

BOOST_AUTO_TEST_CASE(names_of_devices_and_nothing_else) {
  const auto each = boost::test_tools::per_element();
  BOOST_TEST(console_names("tty0 ttyS0\n") == (Names{"tty0", "ttyS0"}), each);
  BOOST_TEST(console_names("hvc0") == Names{"hvc0"}, each);
  BOOST_TEST(console_names("../../etc/x /dev/tty0 . .. tty0") == Names{"tty0"}, each);
  BOOST_TEST(console_names("").empty());
  BOOST_TEST(console_names("\n \n").empty());
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += "tty" + std::to_string(i) + " ";
  BOOST_TEST(console_names(many).size() == 8U);
}

BOOST_FIXTURE_TEST_SUITE(consoles, Root)

BOOST_AUTO_TEST_CASE(all_consoles_and_standard_output_get_the_text) {
  list("tty0 ttyS0\n");
  const auto screen = console("tty0");
  const auto serial = console("ttyS0");
  write("hello\n");
  BOOST_TEST(taken(screen) == "hello\n");
  BOOST_TEST(taken(serial) == "hello\n");
  BOOST_TEST(read_text_file("stdout", 100).value() == "hello\n");
}

BOOST_AUTO_TEST_CASE(missing_console_does_not_silence_the_others) {
  list("tty0 ttyS0 ttyS1\n");
  const auto serial = console("ttyS1");
  write("hello\n");
  BOOST_TEST(taken(serial) == "hello\n");
}

BOOST_AUTO_TEST_CASE(without_a_list_there_is_standard_output) {
  write("hello\n");
  BOOST_TEST(read_text_file("stdout", 100).value() == "hello\n");
}

BOOST_AUTO_TEST_CASE(console_that_takes_nothing_does_not_stop_the_program) {
  list("ttyS0 ttyS1\n");
  const auto stuck = console("ttyS0");
  const auto serial = console("ttyS1");
  const UniqueFd filler{::open("root/dev/ttyS0", O_WRONLY | O_NONBLOCK)};
  const std::string page(4096, 'x');
  while (::write(filler.get(), page.data(), page.size()) > 0) {
  }
  const auto start = std::chrono::steady_clock::now();
  write("hello\n");
  BOOST_TEST((std::chrono::steady_clock::now() - start < 5s));
  BOOST_TEST(taken(serial) == "hello\n");
  BOOST_TEST(!taken(stuck).contains("hello"));
}

BOOST_AUTO_TEST_SUITE_END()
