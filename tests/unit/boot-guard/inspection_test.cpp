// SPDX-License-Identifier: Apache-2.0
#include "boot-guard/inspection.hpp"

#include <filesystem>
#include <format>
#include <fstream>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>

#include "boot-guard/testing/fake_kernel.hpp"
#include "common/unique_fd.hpp"

using namespace asterism;
using namespace asterism::boot_guard;

namespace {

const std::string efivars = "sys/firmware/efi/efivars/";
const std::string systemd_options = "SystemdOptions-8cf2644b-4b0b-428f-9387-6d876050dc67";
const std::string module_file = "usr/lib/modules/6.12-test/kernel/fs/efivarfs/efivarfs.ko";

/// The initramfs as the kernel starts it: nothing is mounted; the machine has EFI variables and a compressed module.
struct Initramfs {
  Initramfs() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path + "/sys");
    std::filesystem::create_directories(path + "/proc");
    put(module_file + ".xz", "module");
    kernel.put("proc", "proc/cmdline", "ro quiet\n");
    kernel.put("sysfs", "sys/kernel/x", "");
    kernel.put("sysfs", efivars + "../runtime", "");
    std::filesystem::create_directories(path + "/sys/firmware/efi/efivars");
    kernel.put("efivarfs", efivars + "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", "x");
    fd.reset(::open(path.c_str(), O_PATH | O_DIRECTORY));
  }
  void put(const std::string& name, std::string_view content) const {
    const auto file = path + "/" + name;
    std::filesystem::create_directories(std::filesystem::path{file}.parent_path());
    std::ofstream{file, std::ios::binary} << content;
  }
  Findings look() { return inspect(kernel, fd.get(), workspace); }
  Verdict judge() { return decide(look()); }

  const std::string path = "root";
  boot_guard::testing::FakeKernel kernel{path};
  UniqueFd fd;
  Workspace workspace;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(inspection, Initramfs)

BOOST_AUTO_TEST_CASE(mounts_what_is_missing_and_leaves_it) {
  const auto found = look();
  BOOST_TEST((found.access == VariableAccess::listed));
  BOOST_TEST(found.systemd_variable.empty());
  BOOST_TEST(found.running.value_or("") == "ro quiet\n");
  BOOST_TEST(!found.has_expected);
  BOOST_TEST(kernel.modules_loaded() == 1);
  BOOST_TEST(kernel.is_mounted("proc"));
  BOOST_TEST(kernel.is_mounted("sys"));
  BOOST_TEST(kernel.is_mounted("sys/firmware/efi/efivars"));
  BOOST_TEST((decide(found) == Verdict::proceed));
}

BOOST_AUTO_TEST_CASE(second_look_finds_everything_mounted) {
  BOOST_TEST((judge() == Verdict::proceed));
  BOOST_TEST((judge() == Verdict::proceed));
}

BOOST_AUTO_TEST_CASE(finds_the_variable_among_many) {
  // Some calls of getdents64 worth of names.
  for (int i = 0; i < 400; ++i) {
    kernel.put("efivarfs", std::format("{}Noise{:04}-8be4df61-93ca-11d2-aa0d-00e098032b8c", efivars, i), "");
  }
  BOOST_TEST((judge() == Verdict::proceed));
  put(efivars + systemd_options, "init=/bin/sh");
  const auto found = look();
  BOOST_TEST(found.systemd_variable == systemd_options);
  BOOST_TEST((decide(found) == Verdict::variable_set));
}

BOOST_AUTO_TEST_CASE(existence_of_the_variable_is_enough) {
  kernel.put("efivarfs", efivars + systemd_options, "");
  BOOST_TEST((judge() == Verdict::variable_set));
}

BOOST_AUTO_TEST_CASE(machine_without_efi_needs_no_module) {
  std::filesystem::remove_all(path + "/sys/firmware");
  put("sys/kernel/x", "");
  BOOST_TEST((look().access == VariableAccess::no_efi));
  BOOST_TEST(kernel.modules_loaded() == 0);
}

BOOST_AUTO_TEST_CASE(firmware_without_variables_at_run_time) {
  kernel.fail_mount("efivarfs", EOPNOTSUPP);
  BOOST_TEST((look().access == VariableAccess::unsupported));
}

BOOST_AUTO_TEST_CASE(any_other_failure_of_the_mount_refuses) {
  for (const int number : {EPERM, EINVAL, ENOMEM, EIO, ENODEV}) {
    kernel.fail_mount("efivarfs", number);
    BOOST_TEST((judge() == Verdict::variables_unreadable), "errno " << number);
  }
}

BOOST_AUTO_TEST_CASE(sysfs_that_cannot_be_mounted_refuses) {
  kernel.fail_mount("sysfs", EPERM);
  BOOST_TEST((judge() == Verdict::variables_unreadable));
}

BOOST_AUTO_TEST_CASE(missing_module_refuses) {
  std::filesystem::remove(path + "/" + module_file + ".xz");
  BOOST_TEST((judge() == Verdict::variables_unreadable));
}

BOOST_AUTO_TEST_CASE(module_is_found_in_every_form) {
  kernel.refuse_compressed_modules();
  BOOST_TEST((judge() == Verdict::variables_unreadable));
  put(module_file, "module");
  BOOST_TEST((judge() == Verdict::proceed));
}

BOOST_AUTO_TEST_CASE(built_in_file_system_needs_no_module) {
  kernel.build_in_efivarfs();
  std::filesystem::remove(path + "/" + module_file + ".xz");
  BOOST_TEST((judge() == Verdict::proceed));
}

BOOST_AUTO_TEST_CASE(mounted_but_gone_refuses) {
  kernel.build_in_efivarfs();
  BOOST_TEST((judge() == Verdict::proceed));
  std::filesystem::remove_all(path + "/" + efivars);
  std::ofstream{path + "/sys/firmware/efi/efivars"} << "no folder";
  kernel.fail_mount("efivarfs", EBUSY);
  BOOST_TEST((judge() == Verdict::variables_unreadable));
}

BOOST_AUTO_TEST_CASE(compares_the_command_lines) {
  put("etc/asterism/cmdline", "ro quiet");
  BOOST_TEST((judge() == Verdict::proceed));
  put("proc/cmdline", "ro quiet init=/bin/sh\n");
  BOOST_TEST((judge() == Verdict::command_line_differs));
}

BOOST_AUTO_TEST_CASE(line_that_does_not_fit_refuses) {
  const std::string blanks(4096, ' ');
  put("etc/asterism/cmdline", "ro quiet");
  put("proc/cmdline", "ro quiet" + blanks + "init=/bin/sh");
  BOOST_TEST((judge() == Verdict::command_line_unreadable));
  put("proc/cmdline", "ro quiet");
  put("etc/asterism/cmdline", "ro quiet" + blanks);
  BOOST_TEST((judge() == Verdict::command_line_unreadable));
}

BOOST_AUTO_TEST_CASE(copy_that_is_no_file_refuses) {
  std::filesystem::create_directories(path + "/etc/asterism/cmdline");
  BOOST_TEST((judge() == Verdict::command_line_unreadable));
  std::filesystem::remove(path + "/etc/asterism/cmdline");
  std::filesystem::create_symlink("/nowhere", path + "/etc/asterism/cmdline");
  BOOST_TEST((judge() == Verdict::command_line_unreadable));
}

BOOST_AUTO_TEST_CASE(proc_that_cannot_be_mounted_refuses_where_there_is_a_copy) {
  kernel.fail_mount("proc", EPERM);
  BOOST_TEST((judge() == Verdict::proceed));
  put("etc/asterism/cmdline", "ro quiet");
  BOOST_TEST((judge() == Verdict::command_line_unreadable));
}

BOOST_AUTO_TEST_SUITE_END()
