// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace asterism::image_tool {

/// A disk image in a format that clouds or hypervisors import.
enum class Container : std::uint8_t { qcow2, vhd, gcp, vmdk };

inline constexpr std::array containers{Container::qcow2, Container::vhd, Container::gcp, Container::vmdk};

/// What the container's file name ends with: "qcow2", "vhd", "gcp.tar.gz", "vmdk".
[[nodiscard]] std::string_view suffix_of(Container container) noexcept;

/// By the end of a file's name. @errors `usage` for any other end.
[[nodiscard]] Result<Container> container_of(std::string_view file_name);

/// What make_containers() is to do.
struct ContainerRequest {
  std::string raw;               ///< the disk image
  std::string output_directory;  ///< an existing folder
  std::string name;              ///< the files are <name>.<suffix>
};

/// One container that was made.
struct MadeContainer {
  std::string path;
  std::uint64_t size_bytes = 0;
};

/// Makes every container of a disk image: the same bytes for the same image, name, qemu-img and zlib, whatever the
/// machine, the number of processors and the time. Files appear under their names when all are complete.
/// @errors `usage` for a name with characters other than letters, digits, '.', '_', '-', '+' and '~'; `unsupported` for
/// an image that a
///         format cannot hold or that is not whole sectors; `unavailable` without qemu-img; `not_found`, `io`.
[[nodiscard]] Result<std::vector<MadeContainer>> make_containers(const ContainerRequest& request);

/// Proves that a container, whose kind its name tells, holds the same disk as the raw image.
/// @errors `unverified` where it differs; `corrupt` for a malformed container; as make_containers() otherwise.
[[nodiscard]] Result<> check_container(const std::string& path, const std::string& raw);

}  // namespace asterism::image_tool
