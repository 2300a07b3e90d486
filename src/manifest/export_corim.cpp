// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <memory>

#include <cbor.h>

#include "manifest/export.hpp"

namespace asterism::manifest {
namespace {

// Numbers of draft-ietf-rats-corim-10.
constexpr std::uint64_t corim_tag = 501;
constexpr std::uint64_t comid_tag = 506;
constexpr std::uint64_t epoch_tag = 1;
constexpr std::uint64_t corim_id = 0;
constexpr std::uint64_t corim_tags = 1;
constexpr std::uint64_t corim_validity = 4;
constexpr std::uint64_t comid_identity = 1;
constexpr std::uint64_t comid_triples = 4;
constexpr std::uint64_t reference_triples = 0;
constexpr std::uint64_t environment_class = 0;
constexpr std::uint64_t class_vendor = 1;
constexpr std::uint64_t class_model = 2;
constexpr std::uint64_t measurement_value = 1;
constexpr std::uint64_t value_version = 0;
constexpr std::uint64_t value_digests = 2;
constexpr std::uint64_t value_registers = 14;

struct ReleaseItem {
  void operator()(cbor_item_t* item) const noexcept { ::cbor_decref(&item); }
};

/// A CBOR value, or an error that out-of-memory left behind. libcbor reports nothing else while building.
using Item = std::unique_ptr<cbor_item_t, ReleaseItem>;

Item number(std::uint64_t value) {
  // The shortest form, as deterministic encoding wants it.
  if (value <= UINT8_MAX) return Item{::cbor_build_uint8(static_cast<std::uint8_t>(value))};
  if (value <= UINT16_MAX) return Item{::cbor_build_uint16(static_cast<std::uint16_t>(value))};
  if (value <= UINT32_MAX) return Item{::cbor_build_uint32(static_cast<std::uint32_t>(value))};
  return Item{::cbor_build_uint64(value)};
}

Item text(std::string_view value) {
  return Item{::cbor_build_stringn(value.data(), value.size())};
}

Item bytes(Bytes value) {
  return Item{::cbor_build_bytestring(reinterpret_cast<cbor_data>(value.data()), value.size())};
}

Item tagged(std::uint64_t tag, Item item) {
  return item ? Item{::cbor_build_tag(tag, item.get())} : Item{};
}

Item list(const std::vector<Item>& items) {
  Item made{::cbor_new_definite_array(items.size())};
  for (const Item& item : items) {
    if (!made || !item || !::cbor_array_push(made.get(), item.get())) return {};
  }
  return made;
}

Item single(Item item) {
  std::vector<Item> items;
  items.push_back(std::move(item));
  return list(items);
}

/// Keys in the order given: the callers keep to that of deterministic encoding.
Item map(const std::vector<std::pair<Item, Item>>& pairs) {
  Item made{::cbor_new_definite_map(pairs.size())};
  for (const auto& [key, value] : pairs) {
    if (!made || !key || !value || !::cbor_map_add(made.get(), {.key = key.get(), .value = value.get()})) return {};
  }
  return made;
}

Item map(std::uint64_t key, Item value) {
  std::vector<std::pair<Item, Item>> pairs;
  pairs.emplace_back(number(key), std::move(value));
  return map(pairs);
}

Result<std::vector<std::byte>> encoded(const Item& item) {
  unsigned char* buffer = nullptr;
  std::size_t capacity = 0;
  const std::size_t size = item ? ::cbor_serialize_alloc(item.get(), &buffer, &capacity) : 0;
  const std::unique_ptr<unsigned char, decltype(&std::free)> owner{buffer, &std::free};
  if (size == 0) return fail(Errc::internal, "libcbor cannot encode the document");
  const auto made = std::as_bytes(std::span{buffer, size});
  return std::vector<std::byte>{made.begin(), made.end()};
}

Item digest_item(const Digest& digest) {
  constexpr std::uint64_t sha256_id = 1;
  constexpr std::uint64_t sha384_id = 7;
  std::vector<Item> pair;
  pair.push_back(number(digest.algorithm() == HashAlgorithm::sha256 ? sha256_id : sha384_id));
  pair.push_back(bytes(digest.bytes()));
  return list(pair);
}

/// A register in every bank.
Item register_digests(const BankValues& banks, PcrIndex pcr, Stage stage) {
  std::vector<Item> digests;
  for (const auto& [bank, values] : banks)
    digests.push_back(digest_item(pcr == pcr_kernel_boot ? values.kernel_boot.at(stage) : values.settled.at(pcr)));
  return list(digests);
}

Item registers_item(const BankValues& banks, Stage stage) {
  std::vector<PcrIndex> pcrs{pcr_kernel_boot};
  for (const auto& [pcr, value] : banks.at(HashAlgorithm::sha256).settled) {
    if (banks.at(HashAlgorithm::sha384).settled.contains(pcr)) pcrs.push_back(pcr);
  }
  std::ranges::sort(pcrs);
  std::vector<std::pair<Item, Item>> pairs;
  pairs.reserve(pcrs.size());
  for (const PcrIndex pcr : pcrs)
    pairs.emplace_back(number(pcr), register_digests(banks, pcr, stage));
  return map(pairs);
}

/// One reference triple: in that environment, the version has that value.
Item triple(const Manifest& manifest, std::string_view model, std::uint64_t kind, Item value) {
  std::vector<std::pair<Item, Item>> identity;
  identity.emplace_back(number(class_vendor), text(manifest.name));
  identity.emplace_back(number(class_model), text(model));
  std::vector<std::pair<Item, Item>> values;
  values.emplace_back(number(value_version), map(0, text(manifest.version)));
  values.emplace_back(number(kind), std::move(value));
  std::vector<Item> record;
  record.push_back(map(environment_class, map(identity)));
  record.push_back(single(map(measurement_value, map(values))));
  return list(record);
}

void add_launch_triples(const Manifest& manifest, std::vector<Item>& triples) {
  for (const LaunchRecord& record : manifest.launch) {
    std::string model = std::format("{}/{}", record.platform, to_string(record.technology));
    for (const auto& [key, value] : record.conditions)
      model += std::format("/{}={}", key, value);
    for (const Digest& value : record.values) {
      if (record.name == LaunchRegister::measurement) {
        triples.push_back(triple(manifest, model, value_digests, single(digest_item(value))));
        continue;
      }
      std::vector<std::pair<Item, Item>> registers;
      registers.emplace_back(text(to_string(record.name)), single(digest_item(value)));
      triples.push_back(triple(manifest, model, value_registers, map(registers)));
    }
  }
}

Result<std::vector<std::byte>> encode_comid(const Manifest& manifest, const ExportChoice& choice, std::string_view id) {
  std::vector<Item> triples;
  for (const auto& [platform, states] : manifest.measurements) {
    const auto found = states.find(choice.secure_boot);
    if (found == states.end()) continue;
    const std::string model = std::format("{}/tpm/secure_boot={}", platform, to_string(choice.secure_boot));
    triples.push_back(triple(manifest, model, value_registers, registers_item(found->second, choice.stage)));
  }
  if (triples.empty()) return fail(Errc::not_found, "no values for Secure Boot {}", to_string(choice.secure_boot));
  add_launch_triples(manifest, triples);
  std::vector<std::pair<Item, Item>> comid;
  comid.emplace_back(number(comid_identity), map(0, text(id)));
  comid.emplace_back(number(comid_triples), map(reference_triples, list(triples)));
  return encoded(map(comid));
}

Item epoch(Timestamp time) {
  return tagged(epoch_tag, number(static_cast<std::uint64_t>(time.time_since_epoch().count())));
}

}  // namespace

Result<std::vector<std::byte>> export_corim(const Manifest& manifest, const ExportChoice& choice) {
  const std::string id = std::format("{}/{}", manifest.name, manifest.version);
  ASTERISM_TRY(const auto comid, encode_comid(manifest, choice, id));
  std::vector<std::pair<Item, Item>> corim;
  corim.emplace_back(number(corim_id), text(id));
  corim.emplace_back(number(corim_tags), single(tagged(comid_tag, bytes(comid))));
  if (manifest.release) {
    std::vector<std::pair<Item, Item>> validity;
    validity.emplace_back(number(0), epoch(manifest.release->not_before));
    validity.emplace_back(number(1), epoch(manifest.release->not_after));
    corim.emplace_back(number(corim_validity), map(validity));
  }
  return encoded(tagged(corim_tag, map(corim)));
}

}  // namespace asterism::manifest
