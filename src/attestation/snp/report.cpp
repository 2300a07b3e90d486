// SPDX-License-Identifier: Apache-2.0
#include "attestation/snp/report.hpp"

namespace asterism::attestation {
namespace {

constexpr std::uint32_t ecdsa_p384_sha384 = 1;

/// Reserved ranges, by the versions in which they are reserved.
struct Reserved {
  std::size_t begin;
  std::size_t end;
  std::uint32_t version_first;
  std::uint32_t version_last;
};
constexpr Reserved reserved_ranges[] = {
    {0x04c, 0x050, 2, 5}, {0x188, 0x1a0, 2, 2}, {0x18b, 0x1a0, 3, 5}, {0x1eb, 0x1ec, 2, 5},
    {0x1ef, 0x1f0, 2, 5}, {0x1f8, 0x2a0, 2, 3}, {0x208, 0x2a0, 5, 5}, {0x330, 0x4a0, 2, 5},
};

bool bit(std::uint64_t value, unsigned index) {
  return ((value >> index) & 1) != 0;
}

Result<SnpGuestPolicy> decode_policy(std::uint64_t value) {
  constexpr std::uint64_t known = 0x03ff'ffffULL;  // bits 0 to 25; bit 17 is reserved as one
  if ((value & ~known) != 0) return fail(Errc::corrupt, "policy: unknown bits in {:#x}", value);
  if (!bit(value, 17)) return fail(Errc::corrupt, "policy: reserved bit 17 is not one");
  return SnpGuestPolicy{.abi_minor = static_cast<std::uint8_t>(value),
                        .abi_major = static_cast<std::uint8_t>(value >> 8),
                        .smt = bit(value, 16),
                        .migration_agent = bit(value, 18),
                        .debug = bit(value, 19),
                        .single_socket = bit(value, 20)};
}

Result<> decode_key_info(std::uint64_t value, SnpReport& report) {
  if (value >> 5 != 0) return fail(Errc::corrupt, "key_info: unknown bits in {:#x}", value);
  report.author_key_enabled = bit(value, 0);
  report.chip_key_masked = bit(value, 1);
  const auto key = static_cast<unsigned>(value >> 2);
  if (key > 1) return fail(Errc::unsupported, "key_info.signing_key: {} (known: 0 for VCEK, 1 for VLEK)", key);
  report.signing_key = key == 0 ? SnpSigningKey::vcek : SnpSigningKey::vlek;
  return {};
}

SnpFirmware firmware_at(Bytes bytes, std::size_t offset) {
  return {.major = static_cast<std::uint8_t>(le_at(bytes, offset + 2, 1)),
          .minor = static_cast<std::uint8_t>(le_at(bytes, offset + 1, 1)),
          .build = static_cast<std::uint8_t>(le_at(bytes, offset, 1))};
}

Result<> decode_tcbs(Bytes bytes, SnpReport& report) {
  // Turin has reports of version 3 and later only, so that a report of version 2 always has the older layout.
  const SnpProduct layout = report.product.value_or(SnpProduct::milan);
  const struct {
    std::string_view name;
    std::size_t offset;
    SnpTcb& tcb;
  } rows[] = {{"current_tcb", 0x038, report.current_tcb},
              {"reported_tcb", 0x180, report.reported_tcb},
              {"committed_tcb", 0x1e0, report.committed_tcb},
              {"launch_tcb", 0x1f0, report.launch_tcb}};
  for (const auto& row : rows) {
    ASTERISM_TRY(row.tcb, decode_snp_tcb(layout, le_at(bytes, row.offset, 8)), "{}", row.name);
  }
  return {};
}

Result<SnpReport> decode(Bytes bytes) {
  SnpReport report;
  report.version = static_cast<std::uint32_t>(le_at(bytes, 0, 4));
  if (report.version != 2 && report.version != 3 && report.version != 5) {
    return fail(Errc::unsupported, "version: {} (known: 2, 3, 5)", report.version);
  }
  for (const Reserved& range : reserved_ranges) {
    if (report.version < range.version_first || report.version > range.version_last) continue;
    if (!all_zero(bytes.subspan(range.begin, range.end - range.begin))) {
      return fail(Errc::corrupt, "reserved: bytes {:#x} to {:#x} are not zero", range.begin, range.end);
    }
  }
  if (report.version >= 3) {
    ASTERISM_TRY(report.product,
                 snp_product_of_cpuid(static_cast<std::uint8_t>(bytes[0x188]), static_cast<std::uint8_t>(bytes[0x189])),
                 "cpuid");
  }
  if (const auto algorithm = le_at(bytes, 0x034, 4); algorithm != ecdsa_p384_sha384) {
    return fail(Errc::unsupported, "signature_algorithm: {} (known: 1)", algorithm);
  }
  ASTERISM_TRY(report.policy, decode_policy(le_at(bytes, 0x008, 8)));
  ASTERISM_CHECK(decode_key_info(le_at(bytes, 0x048, 4), report));
  ASTERISM_CHECK(decode_tcbs(bytes, report));
  report.guest_svn = static_cast<std::uint32_t>(le_at(bytes, 0x004, 4));
  report.vmpl = static_cast<std::uint32_t>(le_at(bytes, 0x030, 4));
  if (report.vmpl > 3) return fail(Errc::corrupt, "vmpl: {}", report.vmpl);
  report.platform_info = le_at(bytes, 0x040, 8);
  if ((report.platform_info & ~SnpPlatform::known) != 0) {
    return fail(Errc::corrupt, "platform_info: unknown bits in {:#x}", report.platform_info);
  }
  report.family_id = bytes_at<16>(bytes, 0x010);
  report.image_id = bytes_at<16>(bytes, 0x020);
  report.report_data = bytes_at<64>(bytes, 0x050);
  report.measurement = bytes_at<48>(bytes, 0x090);
  report.host_data = bytes_at<32>(bytes, 0x0c0);
  report.id_key_digest = bytes_at<48>(bytes, 0x0e0);
  report.author_key_digest = bytes_at<48>(bytes, 0x110);
  report.report_id = bytes_at<32>(bytes, 0x140);
  report.report_id_ma = bytes_at<32>(bytes, 0x160);
  report.chip_id = bytes_at<64>(bytes, 0x1a0);
  report.current_firmware = firmware_at(bytes, 0x1e8);
  report.committed_firmware = firmware_at(bytes, 0x1ec);
  if (report.version >= 5) {
    report.launch_mitigations = le_at(bytes, 0x1f8, 8);
    report.current_mitigations = le_at(bytes, 0x200, 8);
  }
  report.signature_r = bytes_at<72>(bytes, 0x2a0);
  report.signature_s = bytes_at<72>(bytes, 0x2e8);
  return report;
}

}  // namespace

std::string_view to_string(SnpSigningKey key) noexcept {
  return key == SnpSigningKey::vcek ? "VCEK" : "VLEK";
}

Result<SnpReport> parse_snp_report(Bytes report) {
  if (report.size() != SnpReport::size_bytes) {
    return fail(Errc::corrupt, "SNP report: {} bytes instead of {}", report.size(), SnpReport::size_bytes);
  }
  ASTERISM_TRY(auto decoded, decode(report), "SNP report");
  return decoded;
}

}  // namespace asterism::attestation
