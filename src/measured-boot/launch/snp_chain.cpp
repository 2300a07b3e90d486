// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/snp_chain.hpp"

#include <algorithm>
#include <array>

#include "firmware/snp_metadata.hpp"

namespace asterism::measured_boot {
namespace {

// PAGE_INFO, the structure that SNP_LAUNCH_UPDATE hashes: SEV-SNP Firmware ABI 1.57, section 8.17.2. The permissions of
// the lower privilege levels, and the flag of pages that are migrated in, are zero in every launch.
constexpr std::size_t page_info_bytes = 0x70;
constexpr std::size_t content_offset = 48;
constexpr std::size_t length_offset = 96;
constexpr std::size_t type_offset = 98;
constexpr std::size_t gpa_offset = 104;

}  // namespace

Result<> SnpChain::add(SnpPageType type, std::uint64_t gpa, const Digest& content) {
  std::array<std::byte, page_info_bytes> info{};
  std::ranges::copy(digest_.bytes(), info.begin());
  std::ranges::copy(content.bytes(), info.begin() + content_offset);
  info.at(length_offset) = static_cast<std::byte>(page_info_bytes);
  info.at(type_offset) = static_cast<std::byte>(type);
  for (std::size_t i = 0; i < sizeof(gpa); ++i)
    info.at(gpa_offset + i) = static_cast<std::byte>((gpa >> (8 * i)) & 0xff);
  ASTERISM_TRY(digest_, sha384(info));
  return {};
}

Result<> SnpChain::add_without_content(SnpPageType type, std::uint64_t gpa, std::uint64_t size_bytes) {
  const Digest none{HashAlgorithm::sha384};
  for (std::uint64_t offset = 0; offset < size_bytes; offset += firmware::page_bytes)
    ASTERISM_CHECK(add(type, gpa + offset, none));
  return {};
}

Result<> SnpChain::add_normal(std::uint64_t gpa, Bytes pages) {
  for (std::size_t offset = 0; offset < pages.size(); offset += firmware::page_bytes) {
    ASTERISM_TRY(const auto content, sha384(pages.subspan(offset, firmware::page_bytes)));
    ASTERISM_CHECK(add(SnpPageType::normal, gpa + offset, content));
  }
  return {};
}

}  // namespace asterism::measured_boot
