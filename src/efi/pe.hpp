// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::efi {

/// One entry of a PE section table. Offsets and sizes are bytes.
struct PeSection {
  std::string name;  ///< up to 8 bytes, cut at the first NUL
  std::uint32_t virtual_size = 0;
  std::uint32_t virtual_address = 0;
  std::uint32_t raw_size = 0;
  std::uint32_t raw_offset = 0;
  std::uint64_t header_offset = 0;  ///< where its table entry lies in the file, for messages

  /// Bytes of the file that reach memory; the rest up to virtual_size is zero. Where virtual_size is smaller, the
  /// firmware cuts.
  [[nodiscard]] std::uint32_t loaded_file_bytes() const noexcept {
    return raw_size < virtual_size ? raw_size : virtual_size;
  }
};

/// A range of the file, in bytes.
struct FileRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// Limits on what a PE file may claim; real UKIs stay far below.
struct PeLimits {
  static constexpr std::uint32_t sections = 1024;                ///< a UKI with 256 profiles needs some hundred
  static constexpr std::uint64_t zero_fill_bytes = 64ULL << 20;  ///< virtual beyond raw size; systemd's own limit
  static constexpr std::uint32_t virtual_size_bytes = 1U << 30;  ///< one section in memory
};

/// A parsed PE32 or PE32+ image whose ranges all lie inside the file and do not overlap.
class PeImage {
 public:
  /// @param file the whole file; must outlive the image.
  /// @errors `corrupt` naming offset and reason for anything that EDK2's loader refuses, for sections that overlap each
  ///         other or the headers, and for a certificate table that does not end the file; `unsupported` past PeLimits.
  /// @source Microsoft PE/COFF specification; EDK2 MdePkg/Library/BasePeCoffLib, PeCoffLoaderGetPeHeader().
  /// @checked tests/interop/pe_oracle.py compares with python3-pefile; tests/fuzz/pe.
  [[nodiscard]] static Result<PeImage> parse(const ByteView& file);

  [[nodiscard]] const ByteView& file() const noexcept { return file_; }
  [[nodiscard]] const std::vector<PeSection>& sections() const noexcept { return sections_; }
  [[nodiscard]] std::uint16_t machine() const noexcept { return machine_; }
  [[nodiscard]] std::uint16_t subsystem() const noexcept { return subsystem_; }
  [[nodiscard]] std::uint32_t headers_size() const noexcept { return headers_size_; }
  [[nodiscard]] std::uint64_t checksum_offset() const noexcept { return checksum_offset_; }
  /// Where the certificate table's directory entry lies; 0 if the optional header has no such entry.
  [[nodiscard]] std::uint64_t certificate_entry_offset() const noexcept { return certificate_entry_offset_; }
  /// The certificate table at the end of the file; size 0 if there is none.
  [[nodiscard]] FileRange certificates() const noexcept { return certificates_; }

  /// The bytes of `section` that reach memory, without the zeros after them.
  [[nodiscard]] Bytes loaded_bytes(const PeSection& section) const;

 private:
  PeImage() = default;
  Result<> parse_headers();
  Result<> parse_data_directories(std::uint64_t offset, std::uint32_t count);
  Result<> parse_sections(std::uint64_t table_offset, std::uint16_t count);
  [[nodiscard]] Result<> check_overlaps() const;

  ByteView file_;
  std::vector<PeSection> sections_;
  std::uint64_t checksum_offset_ = 0;
  std::uint64_t certificate_entry_offset_ = 0;
  FileRange certificates_;
  std::uint32_t headers_size_ = 0;
  std::uint32_t image_size_ = 0;
  std::uint16_t machine_ = 0;
  std::uint16_t subsystem_ = 0;
};

}  // namespace asterism::efi
