// SPDX-License-Identifier: Apache-2.0
#include "node-console/node_facts.hpp"

#include <filesystem>
#include <format>
#include <fstream>
#include <ostream>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fcntl.h>

#include "common/unique_fd.hpp"

using namespace asterism;
using namespace asterism::node_console;
namespace bdata = boost::unit_test::data;

namespace {

const std::string digest_a(64, 'a');
const std::string efivars = "sys/firmware/efi/efivars/";
const std::string secure_boot_file = efivars + "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

struct Root {
  Root() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directory(path);
    fd.reset(::open(path.c_str(), O_PATH | O_DIRECTORY));
  }
  void put(const std::string& name, std::string_view content) const {
    const auto file = path + "/" + name;
    std::filesystem::create_directories(std::filesystem::path{file}.parent_path());
    std::ofstream{file, std::ios::binary} << content;
  }
  [[nodiscard]] NodeFacts facts() const { return read_node_facts(fd.get()); }
  const std::string path = "root";
  UniqueFd fd;
};

struct CommandLine {
  const char* label;
  std::string text;
  std::string root_hash;
};
std::ostream& operator<<(std::ostream& out, const CommandLine& c) {
  return out << c.label;
}

const CommandLine command_lines[] = {
    {"alone", "roothash=" + digest_a, digest_a},
    {"between others, with a newline", "ro roothash=" + digest_a + " quiet\n", digest_a},
    {"last one wins", "roothash=" + std::string(64, 'b') + " roothash=" + digest_a, digest_a},
    {"last one wins, even if it is broken", "roothash=" + digest_a + " roothash=zz", ""},
    {"upper case is made lower case", "roothash=" + std::string(64, 'A'), digest_a},
    {"one digit short", "roothash=" + std::string(63, 'a'), ""},
    {"one digit more", "roothash=" + std::string(65, 'a'), ""},
    {"no hexadecimal digit", "roothash=" + std::string(63, 'a') + "g", ""},
    {"escape sequence", "roothash=\x1b[2J" + std::string(60, 'a'), ""},
    {"another option that ends alike", "usrroothash=" + digest_a, ""},
    {"empty", "", ""},
};

}  // namespace

BOOST_DATA_TEST_CASE(finds_the_root_hash, bdata::make(command_lines), c) {
  BOOST_TEST(root_hash_of(c.text).value_or("") == c.root_hash);
}

BOOST_FIXTURE_TEST_SUITE(facts, Root)

BOOST_AUTO_TEST_CASE(nothing_at_all_is_no_failure) {
  const auto got = facts();
  BOOST_TEST(got.os.name.empty());
  BOOST_TEST(!got.root_hash);
  BOOST_TEST((got.secure_boot == SecureBoot::no_efi));
  BOOST_TEST(!got.has_tpm);
  BOOST_TEST(got.pcrs.empty());
  BOOST_TEST(got.host_name.empty());
}

BOOST_AUTO_TEST_CASE(reads_everything) {
  put("usr/lib/os-release", "NAME=Asterism\nIMAGE_VERSION=1.2.3\nVARIANT_ID=release\n");
  put("proc/cmdline", "roothash=" + digest_a + "\n");
  put(secure_boot_file, std::string_view{"\x06\0\0\0\x01", 5});
  put("proc/sys/kernel/hostname", "node-1\n");
  for (const unsigned pcr : shown_pcrs) {
    put(std::format("sys/class/tpm/tpm0/pcr-sha256/{}", pcr), std::format("{:062}{:02}\n", 0, pcr));
  }
  const auto got = facts();
  BOOST_TEST(got.os.version == "1.2.3");
  BOOST_TEST(got.root_hash.value_or("") == digest_a);
  BOOST_TEST((got.secure_boot == SecureBoot::on));
  BOOST_TEST(got.has_tpm);
  BOOST_TEST(got.host_name == "node-1");
  BOOST_REQUIRE(got.pcrs.size() == shown_pcrs.size());
  BOOST_TEST(got.pcrs.at(11) == std::string(62, '0') + "11");
}

BOOST_AUTO_TEST_CASE(pcr_that_is_no_digest_is_left_out) {
  put("sys/class/tpm/tpm0/pcr-sha256/4", std::string(64, 'A') + "\n");
  put("sys/class/tpm/tpm0/pcr-sha256/7", "AA\n");
  put("sys/class/tpm/tpm0/pcr-sha256/9", std::string(64, 'x') + "\n");
  put("sys/class/tpm/tpm0/pcr-sha256/11", "");
  const auto got = facts();
  BOOST_TEST(got.has_tpm);
  BOOST_REQUIRE(got.pcrs.size() == 1U);
  BOOST_TEST(got.pcrs.at(4) == digest_a);
}

BOOST_AUTO_TEST_CASE(tpm_without_the_sha256_bank) {
  put("sys/class/tpm/tpm0/pcr-sha1/4", std::string(40, 'A') + "\n");
  BOOST_TEST(facts().has_tpm);
  BOOST_TEST(facts().pcrs.empty());
}

BOOST_AUTO_TEST_CASE(secure_boot_needs_a_well_formed_variable) {
  std::filesystem::create_directories(path + "/" + efivars);
  BOOST_TEST((facts().secure_boot == SecureBoot::unknown));
  const std::pair<std::string_view, SecureBoot> values[] = {
      {{"\x06\0\0\0\0", 5}, SecureBoot::off},         {{"\x06\0\0\0\x01", 5}, SecureBoot::on},
      {{"\x06\0\0\0\x02", 5}, SecureBoot::unknown},   {{"\x06\0\0\0", 4}, SecureBoot::unknown},
      {{"\x06\0\0\0\x01\0", 6}, SecureBoot::unknown}, {{"", 0}, SecureBoot::unknown},
  };
  for (const auto& [bytes, expected] : values) {
    put(secure_boot_file, bytes);
    BOOST_TEST((facts().secure_boot == expected), "value of " << bytes.size() << " bytes");
  }
}

BOOST_AUTO_TEST_CASE(file_without_end_is_not_read) {
  put("proc/cmdline", std::string(100'000, ' ') + "roothash=" + digest_a);
  BOOST_TEST(!facts().root_hash);
}

BOOST_AUTO_TEST_CASE(addresses_of_virtual_interfaces_are_left_out) {
  BOOST_TEST(read_addresses(fd.get()).empty());  // no sys/class/net/<name>/device below this root
}

BOOST_AUTO_TEST_SUITE_END()
