// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

namespace asterism {

/// Deleter that calls a C release function given as a template argument: no state, no size.
template <auto Release>
struct ReleaseWith {
  template <class T>
  void operator()(T* handle) const noexcept {
    Release(handle);
  }
};

/// Owner of a C handle: `using EvpMdCtx = Handle<EVP_MD_CTX, ::EVP_MD_CTX_free>;`, filled by std::out_ptr.
template <class T, auto Release>
using Handle = std::unique_ptr<T, ReleaseWith<Release>>;

}  // namespace asterism
