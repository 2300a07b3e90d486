// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::firmware {

/// A kind of guest that an IGVM file can start.
enum class IgvmPlatformType : std::uint8_t { native = 0, vsm_isolation = 1, sev_snp = 2, tdx = 3, sev = 4, sev_es = 5 };

/// "native", "vsm-isolation", "sev-snp", "tdx", "sev" or "sev-es".
[[nodiscard]] std::string_view to_string(IgvmPlatformType type) noexcept;

/// A platform of the file; directives name platforms by their bit.
struct IgvmPlatform {
  std::uint32_t mask = 0;  ///< one bit
  IgvmPlatformType type = IgvmPlatformType::native;
  std::uint16_t version = 0;
};

/// What a directive puts into guest memory.
enum class IgvmContent : std::uint8_t {
  normal,            ///< data of the file, or zeros
  secrets,           ///< the page with the keys of the guest
  cpuid,             ///< a page with CPUID or XSAVE facts
  parameters,        ///< what the loader fills in, never measured
  processor_context  ///< the first state of a processor; a VMSA under SEV
};

/// One step of loading. Addresses are guest-physical.
struct IgvmDirective {
  IgvmContent content = IgvmContent::normal;
  std::uint64_t gpa = 0;
  std::uint64_t size_bytes = 0;  ///< whole pages
  std::uint32_t mask = 0;        ///< platforms that it is for
  Bytes data;                    ///< empty: zeros; else size_bytes
  bool unmeasured = false;
  std::uint16_t vp_index = 0;  ///< of a processor context
};

/// What the owner of an SEV-SNP guest expects of its launch, as the file has it.
struct IgvmIdBlock {
  std::uint32_t mask = 0;
  Bytes launch_digest;  ///< 48 bytes
};

/// A parsed IGVM file: what is loaded where, in order.
class IgvmFile {
 public:
  static constexpr std::uint64_t file_bytes_max = 1ULL << 30;
  static constexpr std::uint64_t memory_bytes_max = 4ULL << 30;

  /// @param file the whole file; must outlive the result.
  /// @errors `corrupt` naming offset and reason for a bad magic, size, checksum, header or data outside the file,
  ///         addresses off a page, a platform bit that stands twice or is none, a parameter area that is not there;
  ///         `unsupported` for another version, architecture or page size, an unknown header, flag, platform or type of
  ///         data, or more than 4 GiB that is loaded.
  /// @source IGVM file format, microsoft/igvm igvm_defs 0.3; QEMU backends/igvm.c.
  /// @checked tests/unit/firmware/igvm_hostile.txt; tests/fuzz/firmware.
  [[nodiscard]] static Result<IgvmFile> parse(const ByteView& file);

  [[nodiscard]] const std::vector<IgvmPlatform>& platforms() const noexcept { return platforms_; }
  /// The mask of the platform, or nullopt if the file is not for it.
  [[nodiscard]] std::optional<std::uint32_t> mask_of(IgvmPlatformType type) const noexcept;
  [[nodiscard]] const std::vector<IgvmDirective>& directives() const noexcept { return directives_; }
  [[nodiscard]] const std::vector<IgvmIdBlock>& id_blocks() const noexcept { return id_blocks_; }

 private:
  struct Area {
    std::uint32_t index = 0;
    std::uint64_t size_bytes = 0;
  };

  Result<> read_headers(const ByteView& headers);
  Result<> read_header(std::uint32_t type, const ByteView& body);
  Result<> read_platform(const ByteView& body);
  Result<> read_parameter_area(const ByteView& body);
  Result<> read_page(const ByteView& body);
  Result<> read_parameter_insert(const ByteView& body);
  Result<> read_context(const ByteView& body);
  Result<> read_id_block(const ByteView& body);
  Result<> add(const IgvmDirective& directive);

  ByteView file_;
  std::vector<IgvmPlatform> platforms_;
  std::vector<IgvmDirective> directives_;
  std::vector<IgvmIdBlock> id_blocks_;
  std::vector<Area> areas_;
  std::uint64_t memory_bytes_ = 0;
};

}  // namespace asterism::firmware
