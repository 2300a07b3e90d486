// SPDX-License-Identifier: Apache-2.0
#include "tpm/pcr.hpp"

#include <algorithm>
#include <array>

#include "tpm/wire.hpp"

namespace asterism::tpm {

Result<PcrSelection> PcrSelection::make(HashAlgorithm bank, std::vector<Pcr> pcrs) {
  if (pcrs.empty()) return fail(Errc::usage, "a selection of no PCR");
  std::ranges::sort(pcrs);
  if (pcrs.back() > pcr_max) return fail(Errc::usage, "PCR {}: the last one is {}", pcrs.back(), pcr_max);
  if (std::ranges::adjacent_find(pcrs) != pcrs.end()) return fail(Errc::usage, "a selection names a PCR twice");
  return PcrSelection{bank, std::move(pcrs)};
}

std::vector<std::byte> PcrSelection::marshalled() const {
  std::array<unsigned, 3> bitmap{};
  for (const Pcr pcr : pcrs_)
    bitmap.at(pcr / 8) |= 1U << pcr % 8;
  std::vector<std::byte> out;
  append_be(out, 1, 4);
  append_be(out, algorithm_id(bank_), 2);
  append_be(out, bitmap.size(), 1);
  for (const unsigned byte : bitmap)
    append_be(out, byte, 1);
  return out;
}

Result<Digest> composite_digest(std::span<const Digest> values) {
  std::vector<std::byte> all;
  for (const Digest& value : values)
    append(all, value.bytes());
  return sha256(all);
}

}  // namespace asterism::tpm
