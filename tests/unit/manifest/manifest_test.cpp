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

bool schema_accepts(const std::string& schema_name, const std::string& text) {
  const auto document = nlohmann::json::parse(text, nullptr, false);
  if (document.is_discarded()) return false;
  const auto schema_text = nlohmann::json::parse(read(root + "/schemas/" + schema_name));
  valijson::Schema schema;
  valijson::SchemaParser parser;
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter{schema_text}, schema);
  valijson::Validator validator{valijson::Validator::kStrongTypes};
  return validator.validate(schema, valijson::adapters::NlohmannJsonAdapter{document}, nullptr);
}

}  // namespace

BOOST_DATA_TEST_CASE(valid_examples_are_read_and_written_back_byte_for_byte, bdata::make(examples("valid")), name) {
  const std::string text = example(name);
  const auto manifest = parse_manifest(text);
  BOOST_REQUIRE_MESSAGE(manifest, (manifest ? "" : manifest.error().message()));
  BOOST_TEST(to_json(*manifest).to_text() == text);
  BOOST_TEST(schema_accepts("manifest.schema.json", text));
}

BOOST_DATA_TEST_CASE(invalid_examples_are_refused_by_program_and_schema, bdata::make(examples("invalid")), name) {
  const std::string text = example(name);
  BOOST_TEST(!parse_manifest(text).has_value());
  BOOST_TEST(!schema_accepts("manifest.schema.json", text));
}

BOOST_DATA_TEST_CASE(the_program_refuses_more_than_the_schema, bdata::make(examples("invalid-beyond-schema")), name) {
  BOOST_TEST(!parse_manifest(example(name)).has_value());
}

BOOST_AUTO_TEST_CASE(every_folder_has_examples) {
  BOOST_TEST(examples("valid").size() >= 3u);
  BOOST_TEST(examples("invalid").size() >= 30u);
  BOOST_TEST(examples("invalid-beyond-schema").size() >= 8u);
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
