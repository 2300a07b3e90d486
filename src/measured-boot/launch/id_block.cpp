// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/id_block.hpp"

#include <algorithm>

namespace asterism::measured_boot {
namespace {

constexpr std::uint32_t block_version = 1;
constexpr std::uint32_t algorithm_ecdsa_p384 = 1;
constexpr std::uint32_t curve_p384 = 2;
constexpr std::size_t number_bytes = 72;
constexpr std::size_t key_bytes = 1028;
constexpr std::size_t signature_bytes = 512;
constexpr std::size_t auth_bytes = 4096;

// Places inside the ID authentication information.
constexpr std::size_t block_signature_offset = 0x40;
constexpr std::size_t id_key_offset = 0x240;
constexpr std::size_t id_key_signature_offset = 0x680;
constexpr std::size_t author_key_offset = 0x880;

/// Least significant byte first, zeros up to 72 bytes.
void append_number(std::vector<std::byte>& out, const crypto::P384Number& number) {
  const std::size_t start = out.size();
  out.insert(out.end(), number.rbegin(), number.rend());
  out.resize(start + number_bytes);
}

std::vector<std::byte> signature_field(const crypto::P384Signature& signature) {
  std::vector<std::byte> out;
  append_number(out, signature.r);
  append_number(out, signature.s);
  out.resize(signature_bytes);
  return out;
}

void put(std::vector<std::byte>& out, std::size_t offset, const std::vector<std::byte>& field) {
  std::ranges::copy(field, out.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

std::vector<std::byte> id_block_bytes(const IdBlock& block) {
  std::vector<std::byte> out;
  append(out, block.launch_digest.bytes());
  append(out, block.family_id);
  append(out, block.image_id);
  append_le(out, block_version, 4);
  append_le(out, block.guest_svn, 4);
  append_le(out, block.policy, 8);
  return out;
}

std::vector<std::byte> snp_public_key(const crypto::P384Point& point) {
  std::vector<std::byte> out;
  append_le(out, curve_p384, 4);
  append_number(out, point.x);
  append_number(out, point.y);
  out.resize(key_bytes);
  return out;
}

Result<SignedIdBlock> sign_id_block(const IdBlock& block, const crypto::P384Key& id_key,
                                    const crypto::P384Key* author_key) {
  SignedIdBlock result;
  result.block = id_block_bytes(block);
  ASTERISM_TRY(const auto id_point, id_key.public_point());
  ASTERISM_TRY(const auto block_signature, id_key.sign(result.block));
  const auto id_public = snp_public_key(id_point);
  ASTERISM_TRY(result.id_key_digest, sha384(id_public));
  append_le(result.auth, algorithm_ecdsa_p384, 4);
  append_le(result.auth, author_key ? algorithm_ecdsa_p384 : 0, 4);
  result.auth.resize(auth_bytes);
  put(result.auth, block_signature_offset, signature_field(block_signature));
  put(result.auth, id_key_offset, id_public);
  if (!author_key) return result;
  ASTERISM_TRY(const auto author_point, author_key->public_point());
  ASTERISM_TRY(const auto key_signature, author_key->sign(id_public));
  const auto author_public = snp_public_key(author_point);
  ASTERISM_TRY(result.author_key_digest, sha384(author_public));
  put(result.auth, id_key_signature_offset, signature_field(key_signature));
  put(result.auth, author_key_offset, author_public);
  return result;
}

}  // namespace asterism::measured_boot
