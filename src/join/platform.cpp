// SPDX-License-Identifier: Apache-2.0
#include "join/platform.hpp"

#include "common/bytes.hpp"
#include "common/fs.hpp"

namespace asterism::join {
namespace {

constexpr std::uint64_t string_bytes_max = 4096;

struct Name {
  Platform platform;
  std::string_view name;
};

constexpr Name names[] = {
    {Platform::aws, "aws"}, {Platform::azure, "azure"}, {Platform::gcp, "gcp"}, {Platform::openstack, "openstack"}};

/// One string of SMBIOS that only machines of this platform have.
struct Mark {
  Platform platform;
  const char* file;
  std::string_view text;
};

/// @source AWS: "Detect whether a host is an EC2 instance" of the EC2 user guide (Nitro; older Xen types are not known
///         here). Azure: asset tag in "Azure Update Manager, operating system requirements". GCP: "Detect if a VM is
///         running in Compute Engine". OpenStack: what nova writes (nova/virt/libvirt/config.py, nova/version.py), and
///         the names that cloud-init accepts (cloudinit/sources/DataSourceOpenStack.py).
constexpr Mark marks[] = {{Platform::aws, "sys_vendor", "Amazon EC2"},
                          {Platform::azure, "chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77"},
                          {Platform::gcp, "product_name", "Google Compute Engine"},
                          {Platform::openstack, "product_name", "OpenStack Nova"},
                          {Platform::openstack, "product_name", "OpenStack Compute"}};

}  // namespace

std::string_view to_string(Platform platform) noexcept {
  for (const Name& known : names) {
    if (known.platform == platform) return known.name;
  }
  return "unknown";
}

Result<Platform> parse_platform(std::string_view text) {
  for (const Name& known : names) {
    if (known.name == text) return known.platform;
  }
  return fail(Errc::corrupt, "'{}' is no known platform", excerpt(text));
}

std::optional<Platform> platform_of(const std::string& dmi) {
  for (const Mark& mark : marks) {
    const auto text = read_text_file(dmi + "/" + mark.file, string_bytes_max);
    // The kernel ends each with a line feed.
    if (text && (*text == mark.text || *text == std::string{mark.text} + "\n")) return mark.platform;
  }
  return std::nullopt;
}

}  // namespace asterism::join
