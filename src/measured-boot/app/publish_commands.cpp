// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "common/fs.hpp"
#include "manifest/dsse.hpp"
#include "manifest/provenance.hpp"
#include "manifest/verify.hpp"
#include "measured-boot/app/commands.hpp"
#include "measured-boot/app/trust_files.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::uint64_t document_bytes_max = std::uint64_t{8} << 20;

struct ProvenanceArguments {
  std::string file;
  std::vector<std::string> keys;
  std::string builder;
  std::string source;
  std::string output;
  bool statement = false;
};

struct IndexArguments {
  std::string file;
  std::vector<std::string> keys;
  std::vector<std::string> signatures;
  std::vector<std::string> documents;
  std::vector<std::string> channels;
  std::string folder;
  std::string previous;
  std::string policy;
  std::uint64_t sequence_min = 0;
  std::string not_after;
  unsigned days = 30;
  bool allow_older = false;
  std::string output;
  std::string channel_directory;
};

std::string base_name(const std::string& path) {
  return std::filesystem::path{path}.filename().string();
}

Result<> provenance_command(const ProvenanceArguments& arguments) {
  if (arguments.statement != arguments.keys.empty()) return fail(Errc::usage, "give --key, or --statement without it");
  ASTERISM_TRY(const auto text, load_manifest_text(arguments.file));
  ASTERISM_TRY(const auto parsed, manifest::parse_manifest(text), "'{}'", printable(arguments.file));
  manifest::ProvenanceRequest request{
      .builder_id = arguments.builder, .source_uri = arguments.source, .manifest_name = base_name(arguments.file)};
  ASTERISM_TRY(request.manifest_sha256, sha256(as_bytes(text)));
  ASTERISM_TRY(const auto statement, manifest::provenance_statement(parsed, request));
  if (arguments.statement) return write_output(arguments.output, statement.to_text());
  ASTERISM_TRY(const auto keys, load_private_keys(arguments.keys));
  ASTERISM_TRY(const auto envelope,
               manifest::seal(manifest::in_toto_payload_type, as_bytes(statement.to_text()), keys));
  return write_output(arguments.output, to_json(envelope).to_text());
}

Result<manifest::ArtefactRecord> record_of(const std::string& path) {
  ASTERISM_TRY(const auto content, read_file(path, document_bytes_max));
  manifest::ArtefactRecord record{.name = base_name(path), .size_bytes = content.size()};
  ASTERISM_TRY(record.sha256, sha256(content));
  return record;
}

Result<std::vector<manifest::ArtefactRecord>> records_of(const std::vector<std::string>& paths) {
  std::vector<manifest::ArtefactRecord> records;
  for (const std::string& path : paths) {
    ASTERISM_TRY(auto record, record_of(path));
    records.push_back(std::move(record));
  }
  std::ranges::sort(records, {}, &manifest::ArtefactRecord::name);
  return records;
}

/// The index to go on from: verified, though it may have expired, or a new one. A key that signs now is trusted for
/// what it signed before.
Result<manifest::Index> previous_index(const IndexArguments& arguments, const std::string& name,
                                       const std::vector<crypto::PrivateKey>& keys) {
  if (arguments.previous.empty()) {
    return manifest::Index{
        .name = name, .sequence = arguments.sequence_min, .not_after = {}, .channels = {}, .versions = {}};
  }
  std::vector<manifest::TrustedKey> trusted;
  trusted.reserve(keys.size());
  for (const crypto::PrivateKey& key : keys)
    trusted.push_back({.name = std::format("key-{}", trusted.size() + 1), .key = key.public_key()});
  auto policy =
      arguments.policy.empty() ? manifest::TrustPolicy::make(1, std::move(trusted)) : load_policy(arguments.policy, "");
  if (!policy) return std::unexpected{std::move(policy).error()};
  ASTERISM_TRY(const auto text, read_text_file(arguments.previous, document_bytes_max));
  const manifest::IndexDemands demands{.now = {}, .sequence_min = 0};  // at the start of time nothing has expired
  ASTERISM_TRY(const auto verified, manifest::verify_index(text, *policy, demands), "'{}'",
               printable(arguments.previous));
  if (verified->name != name) {
    return fail(Errc::conflict, "'{}' is the index of {}, not of {}", printable(arguments.previous), verified->name,
                name);
  }
  manifest::Index index = *verified;
  index.sequence = std::max(index.sequence, arguments.sequence_min);
  return index;
}

Result<std::string> sealed(const manifest::Index& index, const std::vector<crypto::PrivateKey>& keys) {
  const std::string text = to_json(index).to_text();
  ASTERISM_CHECK(manifest::parse_index(text), "the index just made");  // whoever reads it is as strict as this
  ASTERISM_TRY(const auto envelope, manifest::seal(manifest::Index::payload_type, as_bytes(text), keys));
  return to_json(envelope).to_text();
}

Result<manifest::PublishedVersion> published_version(const IndexArguments& arguments, const manifest::Manifest& read) {
  if (!read.release) return fail(Errc::usage, "'{}' is not released", printable(arguments.file));
  manifest::PublishedVersion version{.name = read.version,
                                     .state = read.release->state,
                                     .serial = read.release->serial,
                                     .folder = arguments.folder,
                                     .manifest = {},
                                     .signatures = {},
                                     .documents = {}};
  ASTERISM_TRY(version.build, build_digest(read));
  ASTERISM_TRY(version.manifest, record_of(arguments.file));
  ASTERISM_TRY(version.signatures, records_of(arguments.signatures));
  ASTERISM_TRY(version.documents, records_of(arguments.documents));
  return version;
}

Result<> index_command(const IndexArguments& arguments) {
  ASTERISM_TRY(const auto text, load_manifest_text(arguments.file));
  ASTERISM_TRY(const auto read, manifest::parse_manifest(text), "'{}'", printable(arguments.file));
  ASTERISM_TRY(auto version, published_version(arguments, read));
  ASTERISM_TRY(const auto keys, load_private_keys(arguments.keys));
  ASTERISM_TRY(auto previous, previous_index(arguments, read.name, keys));
  ASTERISM_TRY(const auto not_after, time_or_days(arguments.not_after, current_time(), arguments.days), "--not-after");
  const manifest::IndexChange change{
      .version = std::move(version), .channels = arguments.channels, .allow_older = arguments.allow_older};
  ASTERISM_TRY(const auto next, manifest::next_index(std::move(previous), change, not_after));
  for (const auto& [channel, leads_to] : next.channels) {
    if (arguments.channel_directory.empty()) break;
    ASTERISM_TRY(const auto only, manifest::channel_index(next, channel));
    ASTERISM_TRY(const auto document, sealed(only, keys), "channel '{}'", printable(channel));
    ASTERISM_CHECK(write_output(std::format("{}/{}.json", arguments.channel_directory, channel), document));
  }
  ASTERISM_TRY(const auto document, sealed(next, keys));
  return write_output(arguments.output, document);
}

}  // namespace

Command add_provenance(CLI::App& app) {
  const auto arguments = std::make_shared<ProvenanceArguments>();
  CLI::App& verb = *app.add_subcommand(
      "provenance", "States how a build was made: SLSA provenance in a DSSE envelope, as cosign verifies it.");
  verb.add_option("file", arguments->file, "manifest, as it is published")->required();
  verb.add_option("--key", arguments->keys, "private key, as of sign; repeatable")->allow_extra_args(false);
  verb.add_option("--builder", arguments->builder, "URI of who built")->required();
  verb.add_option("--source", arguments->source, "URI of the source repository")->required();
  verb.add_option("--output", arguments->output, "file to write; default: standard output");
  verb.add_flag("--statement", arguments->statement, "the bare statement, not signed");
  return [arguments] { return provenance_command(*arguments); };
}

Command add_index(CLI::App& app) {
  const auto arguments = std::make_shared<IndexArguments>();
  CLI::App& verb =
      *app.add_subcommand("index", "Adds a released manifest to the signed index of a place of publication.");
  verb.add_option("file", arguments->file, "released manifest, under the name that it is published under")->required();
  verb.add_option("--key", arguments->keys, "private key, as of sign; repeatable")->required()->allow_extra_args(false);
  verb.add_option("--signature", arguments->signatures, "signature of the manifest; repeatable")
      ->allow_extra_args(false);
  verb.add_option("--document", arguments->documents, "statement about it, such as provenance; repeatable")
      ->allow_extra_args(false);
  verb.add_option("--channel", arguments->channels, "channel that leads to this version from now on; repeatable")
      ->allow_extra_args(false);
  verb.add_option("--folder", arguments->folder, "folder below versions/<version>/ that the manifest lies in")
      ->required();
  verb.add_option("--previous", arguments->previous, "index to go on from; default: a new one");
  verb.add_option("--policy", arguments->policy, "trust policy for it; default: one of the keys signed it");
  verb.add_option("--sequence-min", arguments->sequence_min, "the new sequence is higher than this");
  verb.add_option("--not-after", arguments->not_after, "end of the index; default: in --days");
  verb.add_option("--days", arguments->days, "how long the index holds")->capture_default_str();
  verb.add_flag("--allow-older", arguments->allow_older, "let a channel go back to a lower version");
  verb.add_option("--output", arguments->output, "file to write; default: standard output");
  verb.add_option("--channel-directory", arguments->channel_directory, "folder for a document of each channel");
  return [arguments] { return index_command(*arguments); };
}

}  // namespace asterism::measured_boot
