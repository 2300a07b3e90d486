// SPDX-License-Identifier: Apache-2.0
#include "common/secret.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/mman.h>
#include <sys/random.h>

namespace asterism {

void wipe(std::span<std::byte> bytes) noexcept {
  if (!bytes.empty()) ::explicit_bzero(bytes.data(), bytes.size());
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)} {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    release();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() {
  release();
}

void SecretBytes::release() noexcept {
  if (!data_) return;
  wipe({data_, size_});
  ::munmap(data_, size_);
  data_ = nullptr;
  size_ = 0;
}

Result<SecretBytes> SecretBytes::zeros(std::size_t size_bytes) {
  SecretBytes secret;
  if (size_bytes == 0) return secret;
  void* pages = ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return std::unexpected{Error::from_errno(errno, "memory for a secret")};
  secret.data_ = static_cast<std::byte*>(pages);
  secret.size_ = size_bytes;
  // The initramfs has no swap, so a refused lock is no reason to stop.
  static_cast<void>(::mlock(pages, size_bytes));
  static_cast<void>(::madvise(pages, size_bytes, MADV_DONTDUMP));
  return secret;
}

Result<SecretBytes> SecretBytes::copy_of(Bytes bytes) {
  ASTERISM_TRY(auto secret, zeros(bytes.size()));
  std::ranges::copy(bytes, secret.writable().begin());
  return secret;
}

Result<SecretBytes> SecretBytes::random(std::size_t size_bytes) {
  ASTERISM_TRY(auto secret, zeros(size_bytes));
  std::size_t done = 0;
  while (done < size_bytes) {
    const ssize_t got = ::getrandom(secret.data_ + done, size_bytes - done, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected{Error::from_errno(errno, "random bytes for a secret")};
    done += static_cast<std::size_t>(got);
  }
  return secret;
}

bool SecretBytes::equals(const SecretBytes& other) const noexcept {
  if (size_ != other.size_) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < size_; ++i)
    difference |= std::to_integer<unsigned>(data_[i] ^ other.data_[i]);
  return difference == 0;
}

}  // namespace asterism
