// SPDX-License-Identifier: Apache-2.0
#include "attestation/manifest_values.hpp"

#include <boost/test/unit_test.hpp>

#include "common/fs.hpp"
#include "mutations.hpp"
#include "support/signing.hpp"

using namespace asterism;
using namespace asterism::attestation;

namespace {

manifest::Verified<manifest::Manifest> released() {
  const auto text =
      read_text_file(ASTERISM_SOURCE_DIR "/image-manifests/examples/manifest/valid/released.json", 1 << 20).value();
  const std::vector<manifest::Signature> signatures{testing::test_key(1).sign(as_bytes(text)).value()};
  return manifest::verify(text, signatures, testing::test_policy(1),
                          {.now = parse_timestamp("2027-06-01T00:00:00Z").value()})
      .value();
}

}  // namespace

BOOST_AUTO_TEST_CASE(values_of_a_released_manifest) {
  const auto image = released();
  const auto& states = image->measurements.at("qemu");
  const auto& [state, banks] = *states.begin();
  const auto reference =
      image_reference(image, {.platform = "qemu", .secure_boot = state, .pcrs_left_out = {15}}).value();
  BOOST_TEST(reference.name == image->name + " " + image->version);
  for (const auto& [bank, values] : banks) {
    const PcrReference& pcrs = reference.pcrs.at(bank);
    BOOST_TEST(!pcrs.contains(15));
    BOOST_TEST((pcrs.at(4) == AllowedDigests{values.settled.at(4)}));
    BOOST_TEST((pcrs.at(11) == AllowedDigests{values.kernel_boot.at(manifest::Stage::enter_initrd)}));
    BOOST_TEST(pcrs.size() == values.settled.size() - values.settled.count(15) + 1);
  }
  for (const auto& record : image->launch) {
    if (record.platform != "qemu" || record.technology != manifest::Technology::snp) continue;
    for (const Digest& value : record.values)
      BOOST_TEST(std::ranges::contains(reference.snp_measurements, value));
  }
}

BOOST_AUTO_TEST_CASE(what_the_manifest_does_not_have_is_refused) {
  const auto image = released();
  const auto state = image->measurements.at("qemu").begin()->first;
  const auto platform = image_reference(image, {.platform = "moon", .secure_boot = state});
  BOOST_REQUIRE(!platform);
  BOOST_TEST((platform.error().code() == Errc::unsupported));
  BOOST_TEST(platform.error().message().contains("platform 'moon'"), platform.error().message());
  const auto stage =
      image_reference(image, {.platform = "qemu", .secure_boot = state, .stage = manifest::Stage::firmware});
  BOOST_REQUIRE(!stage);
  BOOST_TEST(stage.error().message().contains("stage firmware"), stage.error().message());
}
