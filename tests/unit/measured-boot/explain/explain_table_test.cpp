// SPDX-License-Identifier: Apache-2.0
// Deliberately altered boots, one a row of cases.txt: which registers differ, which component answers for it, and why.
#include <set>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "event-log/replay.hpp"
#include "event-log/tcg_log.hpp"
#include "measured-boot/bank_values.hpp"
#include "measured-boot/explain/explanation.hpp"
#include "support/table.hpp"
#include "synthetic_boot.hpp"

using namespace asterism;
using namespace asterism::measured_boot;
using asterism::event_log::RegisterSet;
using measured_boot::testing::Alterations;
using measured_boot::testing::parse_alterations;
using measured_boot::testing::SyntheticBoot;
using measured_boot::testing::SyntheticImage;

namespace {

/// label | alterations of the boot | alterations of what is expected | "PCR 4 > cause > component; ..."
struct Row {
  std::string label;
  std::string boot;
  std::string expected;
  std::string result;
  friend std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.label; }
};

/// The last cell is empty where nothing differs.
std::vector<Row> read_table() {
  std::vector<Row> rows;
  for (const auto& row : asterism::testing::table_rows("measured-boot/explain/cases.txt", 4))
    rows.push_back({row[0], row[1], row[2], row[3]});
  return rows;
}

/// The logs of a boot, parsed; keeps their bytes.
BootLogs logs_of(const SyntheticBoot& boot, RegisterSet set, bool with_userspace) {
  BootLogs logs;
  logs.bytes = std::make_shared<const std::vector<std::byte>>(boot.log());
  logs.log = event_log::parse_tcg_log(ByteView{*logs.bytes}, set).value();
  if (with_userspace && set == RegisterSet::tpm)
    logs.userspace = event_log::parse_userspace_log(boot.userspace).value();
  return logs;
}

manifest::Manifest manifest_of(const Measurements& measurements, const BootLogs& plain, bool with_policy,
                               bool with_kernel) {
  manifest::Manifest made;
  made.name = "asterism";
  made.version = "1";
  if (measurements.boot_loader) {
    made.boot_loader = manifest::ImageRecord{
        .name = "boot.efi", .version = "257", .authenticode = measurements.boot_loader->authenticode};
  }
  made.uki = {.name = "uki.efi", .version = measurements.uki.version, .authenticode = measurements.uki.authenticode};
  made.sections = measurements.sections;
  if (with_kernel) made.kernel = measurements.kernel;
  made.command_line = measurements.predictions.front().command_line;
  const auto replayed = event_log::replay(plain.log).value();
  for (const Prediction& prediction : measurements.predictions) {
    auto banks = bank_values(prediction).value();
    for (auto& [bank, values] : banks) {
      if (with_policy && replayed.contains(bank)) values.settled.emplace(7, replayed.at(bank).at(7));
    }
    made.measurements["qemu"][prediction.secure_boot] = banks;
  }
  return made;
}

struct Outcome {
  explain::Explanation explanation;
  std::string result;
  std::string text;
  Json json;
};

Outcome run(const Row& row) {
  const Alterations boot_words = parse_alterations(row.boot);
  const Alterations words = parse_alterations(row.expected);
  const RegisterSet set = words.contains("tdx") ? RegisterSet::tdx : RegisterSet::tpm;
  const bool with_userspace = set == RegisterSet::tpm && !words.contains("no-userspace");

  explain::ExpectationOptions options{.registers = set, .bank = HashAlgorithm::sha384, .userspace = with_userspace};
  const auto state_word = words.contains("sb") ? words.at("sb") : "on";
  for (const SecureBoot state : {SecureBoot::on, SecureBoot::off, SecureBoot::absent}) {
    if (to_string(state) == state_word) options.secure_boot = state;
  }
  for (const Stage stage : {Stage::kernel, Stage::enter_initrd, Stage::sysinit}) {
    if (words.contains("stage") && to_string(stage) == words.at("stage")) options.stage = stage;
  }
  if (words.contains("platform")) options.platform = words.at("platform");

  const SyntheticImage image{words};
  const Measurements measurements = image.measure();
  const SyntheticBoot plain{words, set};
  const BootLogs plain_logs = logs_of(plain, set, with_userspace);
  const auto variables =
      words.contains("variables") ? std::optional{measured_boot::testing::synthetic_variables(words)} : std::nullopt;
  auto expectation =
      words.contains("manifest")
          ? explain::expect_manifest(
                manifest_of(measurements, plain_logs, !variables && set == RegisterSet::tpm, words.contains("kernel")),
                variables, options)
                .value()
          : explain::expect_image(measurements, options).value();
  if (words.contains("reference")) BOOST_REQUIRE(explain::add_reference(expectation, plain_logs));

  std::vector<explain::KnownImage> known;
  if (words.contains("known")) {
    const SyntheticImage other{boot_words};
    known.push_back({.name = "asterism 2",
                     .debug = words.at("known") == "debug",
                     .uki = other.measure().uki.authenticode.of(options.bank),
                     .boot_loader = std::nullopt});
  }
  const SyntheticBoot boot{boot_words, set};
  const BootLogs logs = logs_of(boot, set, with_userspace);
  explain::ActualValues actual;
  if (words.contains(
          "actual")) {  // "complete": of the unaltered log; "phases": with all phases; a number: one is wrong
    const auto userspace = event_log::parse_userspace_log(boot.userspace).value();
    const auto source = words.at("actual") == "complete"
                            ? event_log::replay(plain_logs.log, plain_logs.userspace).value()
                        : words.at("actual") == "phases" ? event_log::replay(logs.log, userspace).value()
                                                         : event_log::replay(logs.log, logs.userspace).value();
    actual = source.at(options.bank);
    const bool untouched = words.at("actual") == "untouched";
    if (untouched || words.at("actual") == "dynamic-launch") {
      const std::string ones(96, 'f');
      for (std::uint32_t number = 17; number <= 22; ++number)
        actual.insert_or_assign(number, Digest::from_hex(options.bank, ones).value());
      if (!untouched) actual.at(17) = hash(options.bank, as_bytes("launched")).value();
    }
    const auto wrong = actual.find(static_cast<std::uint32_t>(std::atoi(words.at("actual").c_str())));
    if (wrong != actual.end() && wrong->first != 0) wrong->second = Digest{options.bank};
  }

  const auto view = explain::view_boot(expectation, explain::observe(logs, options.bank).value(), known).value();
  Outcome outcome{.explanation = explain::explain(view, logs.log, logs.userspace, actual).value(),
                  .result = {},
                  .text = {},
                  .json = {}};
  for (const explain::RegisterReport& report : outcome.explanation.registers) {
    if (!report.difference) continue;
    outcome.result +=
        std::format("{}{} > {} > {}", outcome.result.empty() ? "" : "; ", event_log::register_name(set, report.number),
                    cause_info(report.cause->id).name, report.cause->component());
  }
  outcome.text = explanation_text(outcome.explanation, expectation);
  outcome.json = explanation_json(outcome.explanation, expectation);
  return outcome;
}

}  // namespace

BOOST_DATA_TEST_CASE(altered_boots_are_explained, read_table(), row) {
  const Outcome outcome = run(row);
  BOOST_TEST(outcome.result == row.result);
  BOOST_TEST(outcome.explanation.agrees() == row.result.empty());
  for (const auto& report : outcome.explanation.registers) {
    if (!report.cause) continue;
    BOOST_TEST(outcome.text.contains(report.cause->sentence), outcome.text);
    BOOST_TEST(outcome.text.contains(cause_info(report.cause->id).advice), outcome.text);
    BOOST_TEST(outcome.json.to_text().contains(cause_info(report.cause->id).name));
  }
}

BOOST_AUTO_TEST_CASE(the_table_is_long_and_covers_every_cause) {
  std::size_t altered = 0;
  std::string results;
  for (const Row& row : read_table()) {
    altered += row.result.empty() ? 0 : 1;
    results += row.result + ";";
  }
  BOOST_TEST(altered >= 40u);
  for (const auto& info : explain::cause_table()) {
    if (info.id == explain::CauseId::unknown) continue;
    BOOST_TEST(results.contains(std::format("> {} >", info.name)), info.name);
  }
}

BOOST_AUTO_TEST_CASE(causes_are_documented) {
  std::ifstream file{ASTERISM_SOURCE_DIR "/docs/event-logs.md"};
  const std::string page{std::istreambuf_iterator<char>{file}, {}};
  std::set<std::string_view> names;
  for (const auto& info : explain::cause_table()) {
    BOOST_TEST(page.contains(std::format("`{}`", info.name)), info.name);
    BOOST_TEST(names.insert(info.name).second, info.name);
    BOOST_TEST(!info.sentence.empty());
    BOOST_TEST(!info.advice.empty());
  }
}
