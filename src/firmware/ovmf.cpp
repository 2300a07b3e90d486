// SPDX-License-Identifier: Apache-2.0
#include "firmware/ovmf.hpp"

namespace asterism::firmware {
namespace {

constexpr Guid hash_table_entry{"7255371f-3a3b-4b04-927b-1da6efa8d454"};
constexpr Guid reset_block_entry{"00f771de-1a7e-4fcb-890e-68c77e2fb44e"};
constexpr Guid sev_metadata_entry{"dc886566-984a-4798-a75e-5585a7bf67cc"};
constexpr Guid tdx_metadata_entry{"e47a6535-984a-4798-865e-4685a7bf8ec2"};
constexpr Guid sev_secret_entry{"4c2eb361-7d9b-4cc3-8081-127c90d3d294"};
constexpr Guid svsm_info_entry{"a789a612-0597-4c4b-a49f-cbb1fe9d1ddd"};

Result<std::optional<std::uint32_t>> number_of(const GuidedTable& table, const Guid& guid, std::string_view what) {
  const ByteView* data = table.find(guid);
  if (!data) return std::optional<std::uint32_t>{};
  if (data->size() != 4) return fail(Errc::corrupt, "the entry for {} has {} bytes, not 4", what, data->size());
  ASTERISM_TRY(const auto value, data->u32(0, what));
  return std::optional{value};
}

/// An area at address 0 means that the firmware was built without it.
Result<std::optional<MemoryArea>> area_of(const GuidedTable& table, const Guid& guid, std::string_view what) {
  const ByteView* data = table.find(guid);
  if (!data) return std::optional<MemoryArea>{};
  if (data->size() != 8) return fail(Errc::corrupt, "the entry for {} has {} bytes, not 8", what, data->size());
  MemoryArea area;
  ASTERISM_TRY(area.gpa, data->u32(0, what));
  ASTERISM_TRY(area.size_bytes, data->u32(4, what));
  if (area.gpa == 0) return std::optional<MemoryArea>{};
  return std::optional{area};
}

}  // namespace

Result<Ovmf> Ovmf::parse(const ByteView& file, std::uint64_t end_gpa) {
  if (file.size() > file_bytes_max) {
    return fail(Errc::unsupported, "firmware of {} bytes; at most {}", file.size(), file_bytes_max);
  }
  if (file.size() == 0 || file.size() % page_bytes != 0) {
    return fail(Errc::corrupt, "firmware of {} bytes is not a whole number of pages", file.size());
  }
  if (end_gpa % page_bytes != 0 || end_gpa < file.size()) {
    return fail(Errc::corrupt, "firmware of {:#x} bytes cannot end at {:#x}", file.size(), end_gpa);
  }
  Ovmf ovmf;
  ovmf.file_ = file;
  ovmf.gpa_ = end_gpa - file.size();
  ASTERISM_TRY(ovmf.table_, GuidedTable::parse(file));
  ASTERISM_CHECK(ovmf.read_entries());
  return ovmf;
}

Result<> Ovmf::read_entries() {
  ASTERISM_TRY(ap_reset_eip_, number_of(table_, reset_block_entry, "the reset address of secondary processors"));
  ASTERISM_TRY(svsm_entry_offset_, number_of(table_, svsm_info_entry, "the start of the SVSM"));
  ASTERISM_TRY(hash_table_, area_of(table_, hash_table_entry, "the kernel hashes"));
  ASTERISM_TRY(secret_area_, area_of(table_, sev_secret_entry, "the SEV secret"));
  ASTERISM_TRY(sev_metadata_, number_of(table_, sev_metadata_entry, "the SEV metadata"));
  ASTERISM_TRY(tdx_metadata_, number_of(table_, tdx_metadata_entry, "the TDX metadata"));
  return {};
}

Result<std::vector<SnpSection>> Ovmf::snp_sections() const {
  if (!sev_metadata_) return fail(Errc::unsupported, "the firmware declares no memory for SEV-SNP");
  return read_snp_metadata(file_, *sev_metadata_);
}

Result<std::vector<TdvfSection>> Ovmf::tdvf_sections() const {
  if (!tdx_metadata_) return fail(Errc::unsupported, "the firmware declares no memory for TDX");
  return read_tdvf(file_, *tdx_metadata_);
}

}  // namespace asterism::firmware
