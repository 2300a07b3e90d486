// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/launch_report.hpp"

#include <algorithm>

namespace asterism::measured_boot {
namespace {

constexpr unsigned schema_version = 1;

std::string_view title_of(std::string_view mode) {
  if (mode == "snp") return "SEV-SNP";
  return mode == "sev" ? "SEV" : "SEV-ES";
}

}  // namespace

std::string hex_number(std::uint64_t value) {
  return std::format("{:#x}", value);
}

Result<LaunchFile> describe_file(std::string role, std::string path, Bytes content) {
  LaunchFile file{.role = std::move(role), .path = std::move(path), .size_bytes = content.size()};
  ASTERISM_TRY(file.sha256, sha256(content));
  return file;
}

void add_alternatives(LaunchReport& report, const std::vector<FeatureChoice>& features,
                      const std::vector<VmsaRevision>& revisions) {
  for (const FeatureChoice& choice : features) {
    report.alternatives.push_back(
        {.kind = "guest_features", .name = hex_number(choice.value), .reason = choice.reason, .source = choice.source});
  }
  for (const VmsaRevision& revision : revisions) {
    report.alternatives.push_back(
        {.kind = "revision", .name = revision.name, .reason = revision.reason, .source = revision.source});
  }
}

std::string files_table(const std::vector<LaunchFile>& files) {
  std::string text;
  for (const LaunchFile& file : files) {
    text += std::format("{:<10} {} ({} bytes)\n{:<10} sha256 {}\n", file.role, printable(file.path), file.size_bytes,
                        "", file.sha256.hex());
  }
  return text;
}

std::string alternatives_table(const std::vector<LaunchAlternative>& alternatives) {
  std::string text;
  for (const LaunchAlternative& alternative : alternatives) {
    text += std::format("{:<16} {:<12} {}\n", alternative.kind, alternative.name, alternative.reason);
  }
  return text;
}

std::string launch_table(const LaunchReport& report) {
  std::string text = files_table(report.files);
  if (!report.vmm.empty()) text += std::format("VMM        {}\n", report.vmm);
  if (report.cpu_signature) text += std::format("CPU        signature {:#x}\n", *report.cpu_signature);
  text += std::format("\n{} launch digests\n", title_of(report.mode));
  for (const LaunchValue& value : report.values) {
    if (report.mode != "sev") {
      text += std::format("{:>4} vCPU  {:<6} {:<12} ", value.vcpus, hex_number(value.features), value.revision);
    }
    text += value.digest.hex() + "\n";
  }
  if (!report.alternatives.empty()) text += "\nWhat tells them apart\n" + alternatives_table(report.alternatives);
  for (const std::string& note : report.notes)
    text += std::format("\nNote: {}\n", note);
  return text;
}

Json files_json(const std::vector<LaunchFile>& files) {
  Json::Array array;
  for (const LaunchFile& file : files) {
    array.push_back(Json::Object{
        {"role", file.role}, {"path", file.path}, {"size", file.size_bytes}, {"sha256", file.sha256.hex()}});
  }
  return array;
}

Json alternatives_json(const std::vector<LaunchAlternative>& alternatives) {
  Json::Array array;
  for (const LaunchAlternative& alternative : alternatives) {
    array.push_back(Json::Object{{"kind", alternative.kind},
                                 {"name", alternative.name},
                                 {"reason", alternative.reason},
                                 {"source", alternative.source}});
  }
  return array;
}

Json launch_json(const LaunchReport& report) {
  Json::Array values;
  for (const LaunchValue& value : report.values) {
    Json::Object row{{"measurement", value.digest.hex()}};
    if (report.mode != "sev") {
      row["vcpus"] = value.vcpus;
      row["guest_features"] = hex_number(value.features);
      row["revision"] = value.revision;
    }
    values.push_back(std::move(row));
  }
  Json::Array notes;
  for (const std::string& note : report.notes)
    notes.emplace_back(note);
  Json::Object object{{"schema", schema_version},
                      {"mode", report.mode},
                      {"files", files_json(report.files)},
                      {"kernel_hashes", report.kernel_hashes},
                      {"alternatives", alternatives_json(report.alternatives)},
                      {"values", std::move(values)},
                      {"notes", std::move(notes)}};
  if (!report.vmm.empty()) object["vmm"] = report.vmm;
  if (report.cpu_signature) object["cpu_signature"] = hex_number(*report.cpu_signature);
  return object;
}

}  // namespace asterism::measured_boot
