// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "common/fs.hpp"
#include "common/json.hpp"
#include "measured-boot/app/launch_commands.hpp"
#include "measured-boot/launch/id_block.hpp"
#include "measured-boot/launch/launch_data.hpp"
#include "measured-boot/launch/launch_report.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::uint64_t key_file_bytes_max = 64U << 10;

struct Arguments {
  std::string measurement;
  std::string id_key;
  std::string author_key;
  std::string family_id;
  std::string image_id;
  std::string guest_svn = "0";
  std::string policy = "0x30000";
  std::string block_file;
  std::string auth_file;
};

Result<crypto::P384Key> load_key(const std::string& path) {
  ASTERISM_TRY(auto pem, read_file(path, key_file_bytes_max));
  auto key = crypto::P384Key::from_pem(as_text(pem));
  std::ranges::fill(pem, std::byte{0});
  ASTERISM_TRY(auto checked, std::move(key), "'{}'", printable(path));
  return checked;
}

Result<> take_id(std::array<std::byte, 16>& target, const std::string& text, std::string_view option) {
  if (text.empty()) return {};
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != target.size()) {
    return fail(Errc::usage, "{}={}: expected 32 hexadecimal digits", option, excerpt(text));
  }
  std::ranges::copy(*bytes, target.begin());
  return {};
}

Result<std::uint64_t> take_number(const std::string& text, std::uint64_t maximum, std::string_view option) {
  const auto value = parse_number(text);
  if (!value || *value > maximum) return fail(Errc::usage, "{}={}: expected a number", option, excerpt(text));
  return *value;
}

Result<IdBlock> block_of(const Arguments& arguments) {
  IdBlock block;
  auto digest = Digest::from_hex(HashAlgorithm::sha384, arguments.measurement);
  if (!digest) return fail(Errc::usage, "--measurement: expected 96 hexadecimal digits");
  block.launch_digest = *digest;
  ASTERISM_CHECK(take_id(block.family_id, arguments.family_id, "--family-id"));
  ASTERISM_CHECK(take_id(block.image_id, arguments.image_id, "--image-id"));
  ASTERISM_TRY(const auto svn, take_number(arguments.guest_svn, 0xffffffff, "--guest-svn"));
  block.guest_svn = static_cast<std::uint32_t>(svn);
  ASTERISM_TRY(block.policy, take_number(arguments.policy, ~std::uint64_t{0}, "--policy"));
  return block;
}

Result<> id_block_command(const Arguments& arguments) {
  ASTERISM_TRY(const auto block, block_of(arguments));
  ASTERISM_TRY(const auto id_key, load_key(arguments.id_key));
  std::optional<crypto::P384Key> author_key;
  if (!arguments.author_key.empty()) {
    ASTERISM_TRY(author_key, load_key(arguments.author_key));
  }
  ASTERISM_TRY(const auto result, sign_id_block(block, id_key, author_key ? &*author_key : nullptr));
  if (!arguments.block_file.empty()) ASTERISM_CHECK(write_file_atomically(arguments.block_file, result.block));
  if (!arguments.auth_file.empty()) ASTERISM_CHECK(write_file_atomically(arguments.auth_file, result.auth));
  Json::Object object{{"schema", 1U},
                      {"measurement", block.launch_digest.hex()},
                      {"guest_svn", block.guest_svn},
                      {"policy", hex_number(block.policy)},
                      {"id_block", to_hex(result.block)},
                      {"id_auth", to_hex(result.auth)},
                      {"id_key_digest", result.id_key_digest.hex()}};
  if (author_key) object["author_key_digest"] = result.author_key_digest.hex();
  return print_out(Json{std::move(object)}.to_text());
}

}  // namespace

Command add_id_block(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& verb = *app.add_subcommand("id-block", "Makes and signs the ID block of an SEV-SNP guest.");
  verb.add_option("--measurement", arguments->measurement, "launch digest, 96 hexadecimal digits")->required();
  verb.add_option("--id-key", arguments->id_key, "private key (P-384, PEM) that signs the block")->required();
  verb.add_option("--author-key", arguments->author_key, "private key (P-384, PEM) that signs the ID key");
  verb.add_option("--family-id", arguments->family_id, "32 hexadecimal digits; default: zeros");
  verb.add_option("--image-id", arguments->image_id, "32 hexadecimal digits; default: zeros");
  verb.add_option("--guest-svn", arguments->guest_svn, "version number of the guest")->capture_default_str();
  verb.add_option("--policy", arguments->policy, "guest policy that the launch must have")->capture_default_str();
  verb.add_option("--block-file", arguments->block_file, "also write the 96 bytes of the block there");
  verb.add_option("--auth-file", arguments->auth_file, "also write the 4096 bytes of the authentication there");
  verb.footer("The result is JSON. Signatures are deterministic (RFC 6979): the same inputs give the same bytes.");
  return [arguments] { return id_block_command(*arguments); };
}

}  // namespace asterism::measured_boot
