// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <utility>

namespace asterism::attestation {

class Verifier;

/// Names of images, as in ImageReference::name.
using ImageNames = std::set<std::string, std::less<>>;

/// Evidence that passed every check. Only Verifier makes one, so that whoever takes a Verified<T> cannot be given
/// evidence that nobody looked at.
template <class T>
class Verified {
 public:
  [[nodiscard]] const T& operator*() const noexcept { return value_; }
  [[nodiscard]] const T* operator->() const noexcept { return &value_; }

  /// The images whose reference values all fit this evidence; never empty.
  [[nodiscard]] const ImageNames& images() const noexcept { return images_; }

 private:
  friend class Verifier;
  Verified(T value, ImageNames images) : value_{std::move(value)}, images_{std::move(images)} {}

  T value_;
  ImageNames images_;
};

}  // namespace asterism::attestation
