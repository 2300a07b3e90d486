// SPDX-License-Identifier: Apache-2.0
#include "fetch.hpp"

#include <cstdio>
#include <filesystem>
#include <optional>

#include <CLI/CLI.hpp>

#include "common/fs.hpp"
#include "esp.hpp"
#include "join/platform.hpp"
#include "join/user_data.hpp"

namespace asterism::join {
namespace {

constexpr std::uint64_t name_bytes_max = 64;

void tell(const std::string& line) {
  std::fprintf(stderr, "join-agent: %s\n", printable(line).c_str());
}

Result<> take(Bytes document, std::string_view place, const std::string& output) {
  if (document.empty()) {
    tell(std::format("{} has an empty document; the node is on its own", place));
    return {};
  }
  tell(std::format("{} has a document; the node joins a cluster", place));
  return write_file_atomically(output, document, 0600);
}

}  // namespace

void FetchOptions::add_to(CLI::App& app) {
  app.add_option("--esp", esp, "The partition")->capture_default_str();
  app.add_option("--fw-cfg", fw_cfg, "The item of fw_cfg")->capture_default_str();
  app.add_option("--dmi", dmi, "Folder of SMBIOS strings")->capture_default_str();
  app.add_option("--platform", platform, "File for the name of the cloud to ask")->capture_default_str();
}

Result<> fetch_document(const FetchOptions& options, const std::string& output) {
  std::error_code ignored;  // said by whatever needs the folder
  std::filesystem::create_directories(std::filesystem::path{output}.parent_path(), ignored);
  ASTERISM_TRY(const auto on_esp, document_of_esp(options.esp), "document on the ESP");
  if (on_esp) return take(*on_esp, "the ESP", output);
  ASTERISM_TRY(const auto in_fw_cfg, read_fw_cfg_document(options.fw_cfg), "document in fw_cfg");
  if (in_fw_cfg) return take(*in_fw_cfg, "fw_cfg", output);
  const auto platform = platform_of(options.dmi);
  if (!platform) return {};
  return write_file_atomically(options.platform, as_bytes(to_string(*platform)));
}

Result<> fetch_user_data(const std::string& platform, const std::string& output) {
  ASTERISM_TRY(const auto name, read_text_file(platform, name_bytes_max));
  ASTERISM_TRY(const auto cloud, parse_platform(name), "{}", platform);
  UserDataAccess access;
  access.tell = tell;
  ASTERISM_TRY(const auto document, ask_for_document(cloud, access));
  if (document) return take(*document, std::format("user data of {}", name), output);
  tell(std::format("no document in the user data of {}; the node is on its own", name));
  return {};
}

}  // namespace asterism::join
