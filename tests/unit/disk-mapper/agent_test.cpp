// SPDX-License-Identifier: Apache-2.0
// The small parts of the agent: configuration, devices by name, recovery keys, the file provider.
#include <filesystem>
#include <fstream>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "common/os_release.hpp"
#include "disk-mapper/config.hpp"
#include "disk-mapper/file_provider.hpp"
#include "disk-mapper/find_device.hpp"
#include "disk-mapper/join_provider.hpp"
#include "disk-mapper/recovery_key.hpp"

using namespace asterism;
using namespace asterism::disk_mapper;

namespace {

const std::string good =
    R"_({"devices": ["state"], "mount": "/var", "key": {"provider": "tpm2"}, "new_recovery_key": "none", )_"
    R"_("initial_mib": 256, "step_mib": 512, "share_percent": 25})_";

std::string with(std::string_view from, std::string_view to) {
  std::string text = good;
  text.replace(text.find(from), from.size(), to);
  return text;
}

bool same_code(const auto& result, Errc code) {
  return !result && result.error().code() == code;
}

struct BadConfig {
  const char* label;
  const char* from;
  const char* to;
  Errc code;
  friend std::ostream& operator<<(std::ostream& out, const BadConfig& row) { return out << row.label; }
};

constexpr const char* file_key = R"("provider": "file", "path": "/key")";

const BadConfig bad_configs[] = {
    {"file provider in a release", R"("provider": "tpm2")", file_key, Errc::unverified},
    {"unknown provider", "tpm2", "none", Errc::unverified},
    {"path for the TPM", R"("tpm2")", R"("tpm2", "path": "/key")", Errc::unverified},
    {"unknown field", R"("mount")", R"("more": 1, "mount")", Errc::unverified},
    {"recovery key somewhere else", R"("none")", R"("network")", Errc::unverified},
    {"no devices", R"(["state"])", "[]", Errc::unverified},
    {"device with a path", R"("state")", R"("../state")", Errc::unverified},
    {"relative mount", "/var", "var", Errc::unverified},
    {"too little at first", "256", "1", Errc::unverified},
    {"no share", "25}", "0}", Errc::unverified},
    {"more than all", "25}", "101}", Errc::unverified},
    {"missing field", R"("step_mib": 512, )", "", Errc::corrupt},
    {"not JSON", "{", "", Errc::corrupt},
};

/// A folder of its own, like /sys.
struct Scratch {
  std::filesystem::path root = std::filesystem::current_path() / "scratch";
  Scratch() { std::filesystem::remove_all(root), std::filesystem::create_directories(root); }
  void put(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((root / name).parent_path());
    std::ofstream{root / name} << text;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(reads_a_good_configuration) {
  const auto config = parse_config(good, "release").value();
  BOOST_TEST(config.devices.front() == "state");
  BOOST_TEST(config.initial_bytes == std::uint64_t{256} << 20);
  BOOST_TEST(config.share_percent == 25u);
  const auto debug = parse_config(with(R"("provider": "tpm2")", file_key), "debug").value();
  BOOST_TEST(debug.key_file == "/key");
  BOOST_TEST(parse_os_release("ID=asterism\nVARIANT_ID=debug\n").variant == "debug");
  BOOST_TEST(parse_os_release("VARIANT_ID=debug\nVARIANT_ID=\"release\"\n").variant == "release");
  BOOST_TEST(parse_os_release("").variant == "");
}

BOOST_DATA_TEST_CASE(refuses_a_bad_configuration, bad_configs, row) {
  const auto config = parse_config(with(row.from, row.to), "release");
  BOOST_REQUIRE_MESSAGE(!config, "accepted");
  BOOST_TEST((config.error().code() == row.code), config.error().message());
}

BOOST_FIXTURE_TEST_CASE(finds_devices_by_label_and_serial, Scratch) {
  put("sys/class/block/vda/uevent", "DEVNAME=vda\n");
  put("sys/class/block/vda6/uevent", "DEVNAME=vda6\nPARTNAME=state\n");
  put("sys/class/block/vdb/serial", "asterism-state\n");
  BOOST_TEST(find_device(root, {"asterism-state", "state"}).value() == "/dev/vda6");
  BOOST_TEST(find_device(root, {"serial:asterism-state", "state"}).value() == "/dev/vdb");
  BOOST_TEST(same_code(find_device(root, {"other"}), Errc::not_found));
  put("sys/class/block/vdc1/uevent", "PARTNAME=state\n");
  BOOST_TEST(same_code(find_device(root, {"state"}), Errc::conflict));
  BOOST_TEST(same_code(find_device(root / "none", {"state"}), Errc::not_found));
}

BOOST_FIXTURE_TEST_CASE(finds_a_partition_that_only_udev_knows_by_name, Scratch) {
  put("sys/class/block/vda6/uevent", "DEVNAME=vda6\nDEVTYPE=partition\nPARTN=6\n");
  put("sys/class/block/vda6/dev", "254:6\n");
  BOOST_TEST(same_code(find_device(root, {"state"}), Errc::not_found));
  put("run/udev/data/b254:6", "S:disk/by-partlabel/state\nE:ID_PART_ENTRY_NAME=state\n");
  BOOST_TEST(find_device(root, {"state"}).value() == "/dev/vda6");
  put("sys/class/block/vda6/uevent", "PARTNAME=state\n");
  BOOST_TEST(find_device(root, {"state"}).value() == "/dev/vda6");
}

BOOST_FIXTURE_TEST_CASE(the_clusters_key_is_taken_once, Scratch) {
  BOOST_TEST(!take_join_key(root).value());
  put("report.json", R"({"node": "w", "cluster": "prod", "api_endpoint": "https://a:1", "disk_uuid": ""})");
  BOOST_TEST(!take_join_key(root).value());
  put("report.json", R"({"node": "w", "cluster": "prod", "api_endpoint": "https://a:1", "disk_uuid": "u"})");
  BOOST_TEST(!take_join_key(root).value());
  put("disk-key", std::string(31, 'k'));
  BOOST_TEST(same_code(take_join_key(root), Errc::corrupt));
  put("disk-key", std::string(32, 'k'));
  const auto taken = take_join_key(root).value();
  BOOST_REQUIRE(taken);
  BOOST_TEST(taken->cluster == "prod");
  BOOST_TEST(taken->uuid == "u");
  BOOST_TEST(as_text(taken->key.bytes()) == std::string(32, 'k'));
  BOOST_TEST(!std::filesystem::exists(root / "disk-key"));
  put("report.json", "no JSON");
  BOOST_TEST(same_code(take_join_key(root), Errc::corrupt));
}

BOOST_AUTO_TEST_CASE(recovery_keys_read_back_and_slips_are_told) {
  const auto key = SecretBytes::random(32).value();
  const std::string text = recovery_key_text(key).value();
  BOOST_TEST(text.size() == 76u);
  BOOST_TEST(parse_recovery_key(text + "\n").value().equals(key));
  std::string slip = text;
  slip[3] = slip[3] == '0' ? '1' : '0';
  for (const std::string& bad : {slip, text.substr(1), text + "0", std::string{"x"} + text.substr(1), std::string{}})
    BOOST_TEST(same_code(parse_recovery_key(bad), Errc::usage));
}

BOOST_FIXTURE_TEST_CASE(the_file_provider_keeps_keys_and_a_record, Scratch) {
  put("key", std::string(4096, '\0'));
  const std::string path = root / "key";
  const std::string uuid = "3f0c2f5e-9a51-4c1e-8a55-6b1de2c0a7f4";
  const DiskIdentity disk{.uuid = uuid, .identity = sha256(as_bytes("mine")).value()};
  const DiskIdentity other{.uuid = uuid, .identity = sha256(as_bytes("other")).value()};
  std::vector<NodeKey> made;
  {
    const auto provider = file_provider(path);
    BOOST_TEST(!provider->has_record().value());
    BOOST_TEST(same_code(provider->load(uuid, "00"), Errc::not_found));
    BOOST_TEST(same_code(provider->commit(disk), Errc::internal));
    for (int count = 0; count < 2; ++count)
      made.push_back(provider->make_key(uuid).value());
    BOOST_TEST(!provider->has_record().value());
    BOOST_TEST(same_code(provider->confirm(disk), Errc::not_found));
    BOOST_REQUIRE(provider->commit(disk));
    BOOST_REQUIRE(provider->commit(disk));
  }
  const auto provider = file_provider(path);
  BOOST_TEST(provider->has_record().value());
  BOOST_TEST(provider->confirm(disk).has_value());
  BOOST_TEST(!made[0].key.equals(made[1].key));
  for (const NodeKey& each : made)
    BOOST_TEST(provider->load(uuid, each.sealed).value().equals(each.key));
  BOOST_TEST(!provider->load("00000000-9a51-4c1e-8a55-6b1de2c0a7f4", made[0].sealed).value().equals(made[0].key));
  BOOST_TEST(same_code(provider->load(uuid, "no digits"), Errc::corrupt));
  BOOST_TEST(same_code(provider->confirm(other), Errc::unverified));
  BOOST_TEST(same_code(provider->commit(other), Errc::conflict));
  put("key", std::string(4096, 'x'));
  BOOST_TEST(same_code(provider->has_record(), Errc::corrupt));
  BOOST_TEST(same_code(file_provider(root / "none")->has_record(), Errc::unavailable));
}
