// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "common/json.hpp"
#include "image-tool/app/commands.hpp"
#include "image-tool/containers/containers.hpp"

namespace asterism::image_tool {
namespace {

Result<> print_containers(const ContainerRequest& request) {
  ASTERISM_TRY(const auto made, make_containers(request));
  Json::Array files;
  for (const MadeContainer& container : made)
    files.emplace_back(Json::Object{{"path", container.path}, {"size_bytes", container.size_bytes}});
  return print_out(Json{Json::Object{{"containers", std::move(files)}}}.to_text());
}

}  // namespace

void add_container_commands(CLI::App& app, Command& command) {
  auto request = std::make_shared<ContainerRequest>();
  auto* make = app.add_subcommand("containers", "Put a disk image into the formats that clouds import");
  make->add_option("--raw", request->raw, "The disk image")->required();
  make->add_option("--output-directory", request->output_directory, "Where the files go")->required();
  make->add_option("--name", request->name, "The files are <name>.qcow2, .vhd, .gcp.tar.gz, .vmdk")->required();
  make->callback([&command, request] { command = [request] { return print_containers(*request); }; });

  auto file = std::make_shared<std::string>();
  auto raw = std::make_shared<std::string>();
  auto* check = app.add_subcommand("check-container", "Prove that a container holds the same disk as a raw image");
  check->add_option("file", *file, "The container; its kind is told by its name")->required();
  check->add_option("--raw", *raw, "The disk image")->required();
  check->callback([&command, file, raw] { command = [file, raw] { return check_container(*file, *raw); }; });
}

}  // namespace asterism::image_tool
