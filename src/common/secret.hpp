// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism {

/// Bytes that must not be copied, swapped out, dumped or left behind: keys and what keys are made of.
///
/// They lie in pages of their own, locked in memory where the process may lock that much and never in a core dump, and
/// are overwritten before the pages go back. A moved-from object is empty.
class SecretBytes {
 public:
  SecretBytes() = default;
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  /// `size_bytes` zeros. @errors `io` where the kernel gives no memory.
  [[nodiscard]] static Result<SecretBytes> zeros(std::size_t size_bytes);
  /// The one way of copying in. @errors as zeros().
  [[nodiscard]] static Result<SecretBytes> copy_of(Bytes bytes);
  /// Fresh random bytes from the kernel. @errors as zeros(); `io` where getrandom() fails.
  [[nodiscard]] static Result<SecretBytes> random(std::size_t size_bytes);

  [[nodiscard]] Bytes bytes() const noexcept { return {data_, size_}; }
  [[nodiscard]] std::span<std::byte> writable() noexcept { return {data_, size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Whether both hold the same bytes, in time that depends on the sizes only.
  [[nodiscard]] bool equals(const SecretBytes& other) const noexcept;

 private:
  void release() noexcept;

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Overwrites bytes in a way that the compiler may not leave out.
void wipe(std::span<std::byte> bytes) noexcept;

}  // namespace asterism
