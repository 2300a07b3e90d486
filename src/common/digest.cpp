// SPDX-License-Identifier: Apache-2.0
#include "common/digest.hpp"

#include <algorithm>

#include <openssl/evp.h>

#include "common/handle.hpp"

namespace asterism {
namespace {

using EvpMdCtx = Handle<EVP_MD_CTX, ::EVP_MD_CTX_free>;

const EVP_MD* evp_algorithm(HashAlgorithm algorithm) {
  return algorithm == HashAlgorithm::sha256 ? ::EVP_sha256() : ::EVP_sha384();
}

}  // namespace

std::string_view to_string(HashAlgorithm algorithm) noexcept {
  return algorithm == HashAlgorithm::sha256 ? "sha256" : "sha384";
}

Result<HashAlgorithm> parse_hash_algorithm(std::string_view name) {
  for (const HashAlgorithm algorithm : hash_algorithms) {
    if (to_string(algorithm) == name) return algorithm;
  }
  return fail(Errc::usage, "unknown hash algorithm '{}' (known: sha256, sha384)", printable(name));
}

Result<Digest> Digest::from_bytes(HashAlgorithm algorithm, Bytes bytes) {
  if (bytes.size() != digest_size_bytes(algorithm)) {
    return fail(Errc::corrupt, "a {} digest has {} bytes, not {}", to_string(algorithm), digest_size_bytes(algorithm),
                bytes.size());
  }
  Digest digest{algorithm};
  std::ranges::copy(bytes, digest.bytes_.begin());
  return digest;
}

Result<Digest> Digest::from_hex(HashAlgorithm algorithm, std::string_view text) {
  ASTERISM_TRY(const auto bytes, asterism::from_hex(text), "reading a {} digest", to_string(algorithm));
  return from_bytes(algorithm, bytes);
}

struct Hasher::State {
  HashAlgorithm algorithm;
  EvpMdCtx context{::EVP_MD_CTX_new()};
  bool ok = false;
};

Hasher::Hasher(HashAlgorithm algorithm) : state_{std::make_unique<State>(algorithm)} {
  state_->ok = state_->context && ::EVP_DigestInit_ex(state_->context.get(), evp_algorithm(algorithm), nullptr) == 1;
}

Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(Bytes bytes) {
  state_->ok = state_->ok && ::EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1;
}

void Hasher::update_zeros(std::uint64_t count) {
  static constexpr std::array<std::byte, 4096> zeros{};
  while (count > 0) {
    const auto step = std::min<std::uint64_t>(count, zeros.size());
    update(Bytes{zeros}.first(static_cast<std::size_t>(step)));
    count -= step;
  }
}

Hasher Hasher::fork() const {
  Hasher copy{state_->algorithm};
  copy.state_->ok =
      state_->ok && copy.state_->ok && ::EVP_MD_CTX_copy_ex(copy.state_->context.get(), state_->context.get()) == 1;
  return copy;
}

Result<Digest> Hasher::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> buffer{};
  unsigned int size = 0;
  if (!state_->ok || ::EVP_DigestFinal_ex(state_->context.get(), buffer.data(), &size) != 1) {
    return fail(Errc::internal, "OpenSSL could not compute {}", to_string(state_->algorithm));
  }
  state_->ok = false;
  return Digest::from_bytes(state_->algorithm, std::as_bytes(std::span{buffer}.first(size)));
}

Result<Digest> hash(HashAlgorithm algorithm, std::initializer_list<Bytes> parts) {
  Hasher hasher{algorithm};
  for (const Bytes part : parts)
    hasher.update(part);
  return hasher.finish();
}

Result<Digest> hash(HashAlgorithm algorithm, Bytes bytes) {
  return hash(algorithm, {bytes});
}

}  // namespace asterism
