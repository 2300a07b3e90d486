// SPDX-License-Identifier: Apache-2.0
// GUIDed table, SEV metadata and TDX metadata of a firmware file.
#include <span>

#include "contract.hpp"
#include "firmware/ovmf.hpp"

using namespace asterism;
using namespace asterism::firmware;
using testing::inside;
using testing::require;

namespace {

void check_snp(const Ovmf& ovmf) {
  const auto sections = ovmf.snp_sections();
  if (!sections) return testing::require_refusal(sections.error());
  std::uint64_t total = 0;
  for (const SnpSection& section : *sections) {
    require(section.size_bytes > 0 && section.size_bytes % page_bytes == 0, "sections are whole pages");
    require(section.gpa % page_bytes == 0, "sections start at a page");
    require(to_string(section.type) != "unknown", "types are known");
    total += section.size_bytes;
  }
  require(total <= 256ULL << 20, "sections have a limit");
}

void check_tdvf(const Ovmf& ovmf, Bytes file) {
  const auto sections = ovmf.tdvf_sections();
  if (!sections) return testing::require_refusal(sections.error());
  for (const TdvfSection& section : *sections) {
    require(inside(section.data.bytes(), file), "data lie inside the file");
    require(section.data.size() <= section.memory_bytes, "data fit their memory");
    require(section.memory_bytes % page_bytes == 0 && section.gpa % page_bytes == 0, "sections are whole pages");
    require(section.added_later || section.memory_bytes <= 1ULL << 30, "what is added has a limit");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Files are whole pages; the table lies at their end, so that is where short inputs go.
  std::vector<std::byte> padded((size + page_bytes - 1) / page_bytes * page_bytes - size);
  append(padded, std::as_bytes(std::span{data, size}));
  const Bytes file{padded};
  const auto ovmf = Ovmf::parse(ByteView{file});
  if (!ovmf) {
    testing::require_refusal(ovmf.error());
    return 0;
  }
  for (const GuidedEntry& entry : ovmf->table().entries())
    require(inside(entry.data.bytes(), file), "entries lie inside the file");
  check_snp(*ovmf);
  check_tdvf(*ovmf, file);
  return 0;
}
