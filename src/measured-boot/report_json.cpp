// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/bank_values.hpp"
#include "measured-boot/report.hpp"

namespace asterism::measured_boot {
namespace {

constexpr unsigned schema_version = 1;

Json image_json(const ImageFacts& image) {
  Json::Object object{
      {"path", image.path}, {"size", image.size_bytes}, {"authenticode", bank_digests_json(image.authenticode)}};
  if (!image.version.empty()) object["version"] = image.version;
  return object;
}

Json events_json(const std::vector<Event>& events) {
  Json::Array array;
  for (const Event& event : events) {
    array.push_back(Json::Object{{"pcr", event.pcr},
                                 {"stage", to_string(event.stage)},
                                 {"what", event.what},
                                 {"digests", bank_digests_json(event.digests)}});
  }
  return array;
}

Result<Json> prediction_json(const Prediction& prediction, bool with_events) {
  ASTERISM_TRY(const auto values, bank_values(prediction));
  Json::Object object{{"secure_boot", to_string(prediction.secure_boot)},
                      {"profile", prediction.profile},
                      {"command_line", prediction.command_line},
                      {"banks", to_json(values)}};
  if (with_events) object["events"] = events_json(prediction.events);
  return Json{std::move(object)};
}

}  // namespace

Result<Json> report_json(const Measurements& measurements, bool with_events) {
  Json::Array predictions;
  for (const Prediction& prediction : measurements.predictions) {
    ASTERISM_TRY(auto json, prediction_json(prediction, with_events));
    predictions.push_back(std::move(json));
  }
  Json::Array refusals;
  for (const Refusal& refusal : measurements.refusals) {
    refusals.push_back(
        Json::Object{{"secure_boot", to_string(refusal.secure_boot)}, {"reason", printable(refusal.reason)}});
  }
  Json::Array notes;
  for (const std::string& note : measurements.notes)
    notes.emplace_back(note);
  Json::Object object{{"schema", schema_version},
                      {"uki", image_json(measurements.uki)},
                      {"sections", manifest::sections_json(measurements.sections)},
                      {"predictions", std::move(predictions)},
                      {"refusals", std::move(refusals)},
                      {"notes", std::move(notes)}};
  if (measurements.boot_loader) object["boot_loader"] = image_json(*measurements.boot_loader);
  return Json{std::move(object)};
}

Json report_pcrlock(const Prediction& prediction) {
  Json::Array records;
  for (const Event& event : prediction.events) {
    Json::Array digests;
    for (const HashAlgorithm bank : hash_algorithms) {
      digests.push_back(Json::Object{{"hashAlg", to_string(bank)}, {"digest", event.digests.of(bank).hex()}});
    }
    records.push_back(Json::Object{{"pcr", event.pcr}, {"digests", std::move(digests)}});
  }
  return Json::Object{{"records", std::move(records)}};
}

}  // namespace asterism::measured_boot
