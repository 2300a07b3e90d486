// SPDX-License-Identifier: Apache-2.0
#include "manifest/manifest.hpp"

#include <filesystem>
#include <fstream>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "common/fs.hpp"

using namespace asterism;
using namespace asterism::manifest;
namespace bdata = boost::unit_test::data;

namespace {

const std::string root = ASTERISM_SOURCE_DIR "/image-manifests";

std::string read(const std::string& path) {
  return read_text_file(path, 1 << 20).value();
}

/// The example files of one folder, as names that Boost can print.
std::vector<std::string> examples(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{root + "/examples/manifest/" + folder}) {
    names.push_back(folder + "/" + entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

std::string example(const std::string& name) {
  return read(root + "/examples/manifest/" + name);
}

/// Parsed once: the schema is large, and so is the number of examples.
const valijson::Schema& manifest_schema() {
  static const auto parsed = [] {
    const auto text = nlohmann::json::parse(read(root + "/schemas/manifest.schema.json"));
    auto schema = std::make_unique<valijson::Schema>();
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter{text}, *schema);
    return schema;
  }();
  return *parsed;
}

bool schema_accepts(const std::string& text) {
  const auto document = nlohmann::json::parse(text, nullptr, false);
  if (document.is_discarded()) return false;
  valijson::Validator validator{valijson::Validator::kStrongTypes};
  return validator.validate(manifest_schema(), valijson::adapters::NlohmannJsonAdapter{document}, nullptr);
}

}  // namespace

BOOST_DATA_TEST_CASE(valid_examples_are_read_and_written_back_byte_for_byte, bdata::make(examples("valid")), name) {
  const std::string text = example(name);
  const auto manifest = parse_manifest(text);
  BOOST_REQUIRE_MESSAGE(manifest, (manifest ? "" : manifest.error().message()));
  BOOST_TEST(to_json(*manifest).to_text() == text);
  BOOST_TEST(schema_accepts(text));
}

BOOST_DATA_TEST_CASE(invalid_examples_are_refused_by_program_and_schema, bdata::make(examples("invalid")), name) {
  const std::string text = example(name);
  BOOST_TEST(!parse_manifest(text).has_value());
  BOOST_TEST(!schema_accepts(text));
}

BOOST_DATA_TEST_CASE(the_program_refuses_more_than_the_schema, bdata::make(examples("invalid-beyond-schema")), name) {
  BOOST_TEST(!parse_manifest(example(name)).has_value());
}

BOOST_AUTO_TEST_CASE(every_folder_has_examples) {
  BOOST_TEST(examples("valid").size() >= 8u);
  BOOST_TEST(examples("invalid").size() >= 90u);
  BOOST_TEST(examples("invalid-beyond-schema").size() >= 22u);
}

BOOST_AUTO_TEST_CASE(refusals_have_their_codes) {
  const std::pair<std::string, Errc> rows[] = {{"invalid/unknown-field.json", Errc::unverified},
                                               {"invalid/unknown-platform.json", Errc::unverified},
                                               {"invalid/schema-of-the-future.json", Errc::unsupported},
                                               {"invalid/digest-too-short.json", Errc::corrupt},
                                               {"invalid/pcr-missing.json", Errc::corrupt},
                                               {"invalid-beyond-schema/duplicate-key.json", Errc::corrupt}};
  for (const auto& [name, code] : rows) {
    const auto refused = parse_manifest(example(name));
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code() == code), name << ": " << refused.error().message());
  }
}

BOOST_AUTO_TEST_CASE(the_fields_of_a_release_arrive) {
  const auto read_back = parse_manifest(example("valid/released.json")).value();
  BOOST_REQUIRE(read_back.release.has_value());
  BOOST_TEST((read_back.release->state == Lifecycle::stable));
  BOOST_TEST(read_back.release->floor == "1.1.0");
  BOOST_TEST(format_timestamp(read_back.release->not_after) == "2027-12-01T00:00:00Z");
  BOOST_REQUIRE(read_back.launch.size() == 5u);
  BOOST_TEST(read_back.launch[1].values.size() == 2u);
  BOOST_TEST(read_back.launch[1].conditions.at("vcpus") == "1");
  BOOST_TEST((read_back.launch[4].name == LaunchRegister::rtmr1));
  BOOST_TEST(read_back.verity.value().data_blocks == 131072u);
  BOOST_TEST(read_back.package_lock.value() == "packages.lock");
}

BOOST_AUTO_TEST_CASE(launch_records_are_brought_into_order) {
  const auto good = parse_manifest(example("valid/released.json")).value();
  Manifest mixed = good;
  std::ranges::reverse(mixed.launch);
  for (LaunchRecord& record : mixed.launch) {
    record.values.push_back(record.values.front());
    std::ranges::reverse(record.values);
  }
  sort_launch(mixed.launch);
  BOOST_TEST((mixed == good));
}

BOOST_AUTO_TEST_CASE(fields_arrive_where_they_belong) {
  const auto manifest = parse_manifest(example("valid/secure-boot-and-pcr-7.json")).value();
  BOOST_TEST(manifest.version == "1.2.0");
  BOOST_TEST(manifest.locked);
  BOOST_TEST(manifest.artefacts.at(1).name == "asterism_1.2.0.raw");
  BOOST_TEST(!manifest.sections.at(1).measured);
  const auto& on = manifest.measurements.at("qemu").at(SecureBoot::on).at(HashAlgorithm::sha384);
  BOOST_TEST((on.settled.at(7) == sha384(as_bytes("on pcr 7")).value()));
  BOOST_TEST((on.kernel_boot.at(Stage::ready) == sha384(as_bytes("pcr 11 ready")).value()));
}
