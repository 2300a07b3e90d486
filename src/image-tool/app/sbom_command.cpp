// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "common/fs.hpp"
#include "image-tool/app/commands.hpp"
#include "image-tool/sbom/sbom.hpp"

namespace asterism::image_tool {
namespace {

struct SbomOptions {
  SbomRequest request;
  std::string output;
};

Result<> write_sbom(const SbomOptions& options) {
  ASTERISM_TRY(const std::string text, make_sbom(options.request));
  return write_file_atomically(options.output, as_bytes(text));
}

}  // namespace

void add_sbom_command(CLI::App& app, Command& command) {
  auto options = std::make_shared<SbomOptions>();
  SbomRequest& request = options->request;
  request.creator = "image-tool-" ASTERISM_VERSION;
  auto* sbom = app.add_subcommand("sbom", "Write the bill of materials of an image as SPDX 2.3 JSON");
  sbom->add_option("--lock", request.lock, "mkosi/packages.lock")->required();
  sbom->add_option("--store", request.store, "Folder of the content-addressed store")->required();
  sbom->add_option("--cache", request.cache, "Folder that keeps what was read out of packages");
  sbom->add_option("--image-manifest", request.image_manifest, "mkosi's manifest of the root file system")->required();
  sbom->add_option("--initrd-manifest", request.initrd_manifest, "mkosi's manifest of the initramfs")->required();
  sbom->add_option("--programs", request.programs, "Folder with root/, initrd/ and host/ as installed")->required();
  sbom->add_option("--kubelet", request.kubelet, "The kubelet program")->required();
  sbom->add_option("--kubelet-version", request.kubelet_version, "Its version, without a leading v")->required();
  const std::map<std::string, KubeletOrigin> origins{{"archive", KubeletOrigin::archive},
                                                     {"upstream", KubeletOrigin::upstream}};
  sbom->add_option("--kubelet-origin", request.kubelet_origin,
                   "archive: built from the locked source; upstream: its release")
      ->required()
      ->transform(CLI::CheckedTransformer(origins));
  sbom->add_option("--name", request.name, "Name of the image")->required();
  sbom->add_option("--version", request.version, "Version of the image")->required();
  sbom->add_option("--created", request.created, "Time of the document in seconds since 1970 (default: 0)")
      ->envname("SOURCE_DATE_EPOCH");
  sbom->add_option("--output", options->output, "The file to write")->required();
  sbom->callback([&command, options] { command = [options] { return write_sbom(*options); }; });
}

}  // namespace asterism::image_tool
