// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "image-tool/sbom/lockfile.hpp"
#include "image-tool/sbom/package_list.hpp"

namespace asterism::image_tool {

/// Where the kubelet in the image comes from.
enum class KubeletOrigin : std::uint8_t {
  archive,   ///< built from the locked source package
  upstream,  ///< the project's release binary
};

/// What make_sbom() reads.
struct SbomRequest {
  std::string name;             ///< of the image
  std::string version;          ///< of the image
  std::string lock;             ///< mkosi/packages.lock
  std::string store;            ///< the content-addressed store
  std::string cache;            ///< what was read out of packages is kept there; empty for nowhere
  std::string image_manifest;   ///< mkosi's manifest of the root file system
  std::string initrd_manifest;  ///< mkosi's manifest of the initramfs
  std::string programs;         ///< folder with root/, initrd/ and host/, each as installed
  std::string kubelet;          ///< the program itself
  std::string kubelet_version;
  KubeletOrigin kubelet_origin = KubeletOrigin::archive;
  std::uint64_t created = 0;  ///< seconds since 1970
  std::string creator;        ///< program and version that makes the document
};

/// The bill of materials of an image as SPDX 2.3 JSON; what stands in it: docs/sbom.md.
/// @errors `unverified` if a tree holds a package that the lock does not give it, or a package does not have its locked
///         hash; `not_found`, `io`, `corrupt` for the inputs.
[[nodiscard]] Result<std::string> make_sbom(const SbomRequest& request);

}  // namespace asterism::image_tool
