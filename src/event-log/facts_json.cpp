// SPDX-License-Identifier: Apache-2.0
#include "event-log/facts_json.hpp"

namespace asterism::event_log {
namespace {

Json json_of(const VariableFacts& facts) {
  Json::Object object{
      {"kind", "variable"}, {"vendor", facts.vendor}, {"name", facts.name}, {"data", to_hex(facts.data)}};
  if (!facts.value.empty()) object["value"] = facts.value;
  return object;
}

Json json_of(const ImageFacts& facts) {
  return Json::Object{{"kind", "image"},
                      {"address", facts.address},
                      {"size", facts.size_bytes},
                      {"link_address", facts.link_address},
                      {"path", facts.path}};
}

Json json_of(const GptFacts& facts) {
  Json::Array partitions;
  for (const GptEntry& entry : facts.partitions) {
    partitions.push_back(Json::Object{{"type", entry.type},
                                      {"unique", entry.unique},
                                      {"first_sector", entry.first_sector},
                                      {"last_sector", entry.last_sector},
                                      {"label", entry.label}});
  }
  return Json::Object{{"kind", "gpt"}, {"disk", facts.disk}, {"partitions", std::move(partitions)}};
}

Json json_of(const SeparatorFacts& facts) {
  return Json::Object{{"kind", "separator"}, {"value", facts.value}, {"error", facts.is_error()}};
}

Json json_of(const TextFacts& facts) {
  return Json::Object{{"kind", "text"}, {"text", facts.text}};
}

Json json_of(const TaggedFacts& facts) {
  return Json::Object{{"kind", "tagged"}, {"id", facts.id}, {"text", facts.text}, {"data", to_hex(facts.data)}};
}

Json json_of(const FirmwareBlobFacts& facts) {
  return Json::Object{{"kind", "firmware-blob"},
                      {"description", facts.description},
                      {"address", facts.address},
                      {"size", facts.size_bytes}};
}

Json json_of(const HandoffFacts& facts) {
  Json::Array tables;
  for (const auto& [guid, address] : facts.tables)
    tables.push_back(Json::Object{{"guid", guid}, {"address", address}});
  return Json::Object{{"kind", "handoff-tables"}, {"description", facts.description}, {"tables", std::move(tables)}};
}

Json json_of(const StartupLocalityFacts& facts) {
  return Json::Object{{"kind", "startup-locality"}, {"locality", facts.locality}};
}

Json json_of(const NoActionFacts& facts) {
  return Json::Object{{"kind", "no-action"}, {"signature", facts.signature}, {"size", facts.size_bytes}};
}

Json json_of(const OpaqueFacts& facts) {
  return Json::Object{{"kind", "opaque"}, {"size", facts.size_bytes}};
}

Json json_of(const MalformedFacts& facts) {
  return Json::Object{{"kind", "malformed"}, {"reason", facts.reason}};
}

}  // namespace

Json to_json(const Facts& facts) {
  return std::visit([](const auto& one) { return json_of(one); }, facts);
}

}  // namespace asterism::event_log
