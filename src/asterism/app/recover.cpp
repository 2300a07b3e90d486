// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <CLI/CLI.hpp>

#include "asterism/app/cluster_arguments.hpp"
#include "asterism/app/commands.hpp"
#include "common/cli.hpp"
#include "common/fs.hpp"
#include "join/connect.hpp"
#include "join/disk_key.hpp"
#include "join/recovery.hpp"

namespace asterism::cli {
namespace {

constexpr std::chrono::seconds connect_timeout{10};

struct Arguments {
  ClusterArguments cluster;
  std::string disk_uuid;
  std::string identity;
  std::string disk_key;
  std::string master_secret;
  std::string secret_key;
};

/// The key as it is, or derived as the cluster's service would.
Result<SecretBytes> key_of_disk(const Arguments& arguments, const std::string& cluster) {
  const bool derived = !arguments.master_secret.empty();
  const std::string& file = derived ? arguments.master_secret : arguments.disk_key;
  // A disk key has the size of a master secret, and the same care is taken of both.
  const auto source =
      arguments.secret_key.empty() ? join::secret_in_file(file) : join::wrapped_secret(file, arguments.secret_key);
  ASTERISM_TRY(auto secret, source->secret(), "{}", derived ? "--master-secret" : "--disk-key");
  if (!derived) return secret;
  return join::derive_disk_key(secret, cluster, arguments.disk_uuid);
}

Result<> recover(const Arguments& arguments) {
  if (!join::is_uuid(arguments.disk_uuid)) {
    return fail(Errc::usage, "--disk-uuid: '{}' is no UUID", excerpt(arguments.disk_uuid));
  }
  if (arguments.disk_key.empty() == arguments.master_secret.empty()) {
    return fail(Errc::usage, "one of --master-secret and --disk-key is needed");
  }
  const Timestamp now = current_time();
  ASTERISM_TRY(const auto view, load_cluster(arguments.cluster, now));
  ASTERISM_TRY(const auto key, key_of_disk(arguments, view.config.cluster));
  ASTERISM_TRY(auto socket, join::connect_to(view.endpoint, connect_timeout));
  ASTERISM_TRY(const auto facts,
               join::give_disk_key(std::move(socket),
                                   {.config = view.config,
                                    .operator_key = view.key,
                                    .disk_uuid = arguments.disk_uuid,
                                    .identity = arguments.identity},
                                   key, view.rules, *view.references, now),
               "{}", view.endpoint.to_string());
  std::string identities;
  for (const std::string& identity : facts.identities)
    identities += std::format("\n  {}", identity);
  return print_out(std::format("{} runs {} and has the key of disk {}; it is{}\n", view.config.name,
                               *facts.images.begin(), arguments.disk_uuid, identities));
}

}  // namespace

Command add_recover(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb =
      app.add_subcommand("recover", "gives a node that waits for it the key of its disk, once it is verified");
  arguments->cluster.add_to(*verb, "host:port where the node listens, as its console says");
  verb->add_option("--disk-uuid", arguments->disk_uuid, "LUKS UUID of the disk whose key is given")->required();
  verb->add_option("--identity", arguments->identity, "tpm:…, snp:… or tdx:… that the node has to have (default: any)");
  verb->add_option("--master-secret", arguments->master_secret, "file of the cluster's master secret");
  verb->add_option("--disk-key", arguments->disk_key, "file of the disk's key, 32 bytes, in the secret's place");
  verb->add_option("--secret-key", arguments->secret_key, "PEM file or PKCS#11 URI that decrypts that file");
  return [arguments] { return recover(*arguments); };
}

}  // namespace asterism::cli
