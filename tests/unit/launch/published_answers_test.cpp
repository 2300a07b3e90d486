// SPDX-License-Identifier: Apache-2.0
// Launch digests that sev-snp-measure 0.0.13 and virtee/sev publish in their tests, for AmdSevX64 and OvmfX64 of
// edk2-stable202405. Their firmware files are not here; the digest after the files' pages is published, and all that
// comes behind follows from the memory that the firmware declares.
#include <ostream>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "measured-boot/launch/sev_launch.hpp"
#include "support/ovmf_builder.hpp"

using namespace asterism;
using namespace asterism::measured_boot;
namespace bdata = boost::unit_test::data;

namespace {

constexpr std::string_view amd_sev_pages =
    "086e2e9149ebf45abdc3445fba5b2da8270bdbb04094d7a2c37faaa4b24af3aa16aff8c374c2a55c467a50da6d466b74";
constexpr std::uint32_t epyc_v4 = 0x800f12;
constexpr std::uint32_t ap_reset_eip = 0x80b004;

struct Row {
  std::string_view label;
  std::string_view vmm;
  std::string_view revision;
  bool kernel;
  std::string_view command_line;
  unsigned vcpus;
  std::uint64_t features;
  std::string_view digest;

  friend std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.label; }
};

constexpr std::string_view console = "console=ttyS0 loglevel=7";

const Row rows[] = {
    {"qemu 0x21", "qemu", "fpu-reset", true, "", 1, 0x21,
     "329c8ce0972ae52343b64d34a434a86f245dfd74f5ed7aae15d22efc78fb9683632b9b50e4e1d7fa41179ef98a7ef198"},
    {"qemu 0x1", "qemu", "fpu-reset", true, "", 1, 0x1,
     "ddc5224521617a536ee7ce9dd6224d1b58a8d4fda1c741f3ac99fc4bfa04ba6e9fc98646d4a07a9079397fa3852819b5"},
    {"qemu command line 0x21", "qemu", "fpu-reset", true, console, 1, 0x21,
     "803f691094946e42068aaa3a8f9e26a5c89f36f7b73ecfb28c653360fe4b3aba7e534442e7e1e17895dfe778d0228977"},
    {"qemu command line 0x1", "qemu", "fpu-reset", true, console, 1, 0x1,
     "6d287813eb5222d770f75005c664e34c204f385ce832cc2ce7d0d6f354454362f390ef83a92046c042e706363b4b08fa"},
    {"qemu no kernel 0x21", "qemu", "fpu-reset", false, "", 1, 0x21,
     "e1e1ca029dd7973ab9513295be68198472dcd4fc834bd9af9b63f6e8a1674dbf281a9278a4a2ebe0eed9f22adbcd0e2b"},
    {"qemu no kernel 0x1", "qemu", "fpu-reset", false, "", 1, 0x1,
     "19358ba9a7615534a9a1e2f0dfc29384dcd4dcb7062ff9c6013b26869a5fc6ecabe033c48dd6f6db5d6d76e7c5df632d"},
    {"qemu 4 vCPU 0x21", "qemu", "fpu-reset", true, "", 4, 0x21,
     "4953b1fb416fa874980e8442b3706d345926d5f38879134e00813c5d7abcbe78eafe7b422907be0b4698e2414a631942"},
    {"qemu 4 vCPU 0x1", "qemu", "fpu-reset", true, "", 4, 0x1,
     "5061fffb019493a903613d56d54b94912a1a2f9e4502385f5c194616753720a92441310ba6c4933de877c36e23046ad5"},
    {"ec2 0x21", "ec2", "rdx-600", true, "", 1, 0x21,
     "0ce9ccc06bab55eebe8abc234f3df6514883977a68a591b71052498ab52b2f1aa415db338033946ef93aa8278c0d67fb"},
    {"ec2 0x1", "ec2", "rdx-600", true, "", 1, 0x1,
     "0883bd0eeb716e65b7b977a321c278d1e51b33b5c655fab985443bbcc65c086b9c15e8a0bd8811050dec7e24964e5056"},
    {"ec2 before 0x1 (virtee/sev)", "ec2", "rdx-0", true, "", 1, 0x1,
     "7d3756157c805bf6adf617064c8552e8c1688fa1c8756f11cbf56ba5d25c9270fb69c0505c1cbe1c5c66c0e34c6ed3be"},
    {"ec2 before 0x21 (virtee/sev)", "ec2", "rdx-0", true, "", 1, 0x21,
     "6ae80856486b1396af8c82a40351d6ed76a20c785e9c7fa4ffa27c22d5d6313b4b3b458cd3c9968e6f89fb5d8450d7a6"},
    {"gce", "gce", "gce", true, "", 1, 0x1,
     "5da7106cf14cf46b1725ebab123eb9e53bd46a1e9f400cd0c08e7827b04b688ea8b4e403c8404efed4397ea5d5d0722e"},
    {"gce 4 vCPU", "gce", "gce", true, "", 4, 0x1,
     "5c5debf100fc339f90276e761ee1f1658d08922c3b20e2a2e6c7a6c3370b2452a15a00eae11886a93d6fd1e7ab81e29d"},
};

}  // namespace

BOOST_DATA_TEST_CASE(published, bdata::make(rows), row) {
  VmmModel vmm = find_vmm(row.vmm).value();
  std::erase_if(vmm.revisions, [&](const VmsaRevision& revision) { return revision.name != row.revision; });
  BOOST_REQUIRE(vmm.revisions.size() == 1u);
  std::optional<KernelHashes> kernel;
  if (row.kernel) kernel = hash_kernel({}, {}, row.command_line).value();
  const SnpChain start{Digest::from_hex(HashAlgorithm::sha384, amd_sev_pages).value()};
  const auto pages = snp_section_pages(start, testing::OvmfBuilder::amd_sev_sections(),
                                       firmware::MemoryArea{.gpa = 0x810c00, .size_bytes = 0x400}, vmm, kernel)
                         .value();
  const VcpuRequest request{.cpu_signature = epyc_v4, .features = {row.features}, .revisions = vmm.revisions};
  const auto values =
      snp_values(pages, {.first = row.vcpus, .last = row.vcpus}, real_mode_variants(request, ap_reset_eip)).value();
  BOOST_REQUIRE(values.size() == 1u);
  BOOST_TEST(values[0].digest.hex() == row.digest);
}
