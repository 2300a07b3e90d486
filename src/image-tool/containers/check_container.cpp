// SPDX-License-Identifier: Apache-2.0
#include "common/json_decoder.hpp"
#include "common/mapped_file.hpp"
#include "image-tool/containers/containers.hpp"
#include "image-tool/containers/gcp.hpp"
#include "image-tool/containers/vhd.hpp"
#include "image-tool/process.hpp"

namespace asterism::image_tool {
namespace {

Result<std::uint64_t> virtual_size(const std::string& format, const std::string& path) {
  ASTERISM_TRY(const std::string text,
               run_checked({"qemu-img", "info", "--output=json", "-f", format, "--", plain_path(path)}));
  ASTERISM_TRY(const Json info, parse_json(text), "qemu-img info");
  ASTERISM_TRY(auto decoder, JsonObjectDecoder::make(info, "$"), "qemu-img info");
  return decoder.unsigned_integer("virtual-size");
}

/// qemu-img's own comparison. Its exit code 1 means "differs", above it means "failed".
Result<> compare(Bytes disk, const std::string& raw, const std::string& format, const std::string& path) {
  ASTERISM_TRY(const std::uint64_t size, virtual_size(format, path));
  if (size != disk.size()) return fail(Errc::unverified, "the container holds {} bytes, not {}", size, disk.size());
  ASTERISM_TRY(const ProcessOutcome outcome, run_process({"qemu-img", "compare", "-f", "raw", "-F", format, "--",
                                                          plain_path(raw), plain_path(path)}));
  if (outcome.exit_code == 0) return {};
  if (outcome.exit_code == 1) {
    return fail(Errc::unverified, "{}", printable(outcome.output.substr(0, outcome.output.find('\n'))));
  }
  return fail(Errc::corrupt, "{}", describe_failure("qemu-img", outcome));
}

Result<> check(Container kind, const std::string& path, const std::string& raw) {
  ASTERISM_TRY(const MappedFile disk, MappedFile::open(raw));
  ASTERISM_TRY(const MappedFile file, MappedFile::open(path));
  switch (kind) {
    case Container::qcow2:
      return compare(disk.bytes(), raw, "qcow2", path);
    case Container::vmdk:
      return compare(disk.bytes(), raw, "vmdk", path);
    case Container::vhd:
      return check_vhd(file.bytes(), disk.bytes());
    case Container::gcp:
      return check_gcp(file.bytes(), disk.bytes());
  }
  return fail(Errc::internal, "unknown container");
}

}  // namespace

Result<> check_container(const std::string& path, const std::string& raw) {
  ASTERISM_TRY(const Container kind, container_of(path));
  ASTERISM_CHECK(check(kind, path, raw), "'{}' against '{}'", printable(path), printable(raw));
  return {};
}

}  // namespace asterism::image_tool
