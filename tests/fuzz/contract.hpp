// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::testing {

/// Ends the process if a promise of the code under test is broken; fuzzers count that as a finding.
inline void require(bool held, const char* promise) {
  if (held) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

/// A parser may only fail in the ways its contract lists, with a message that fits one line.
inline void require_refusal(const Error& error) {
  const bool known = error.code() == Errc::corrupt || error.code() == Errc::unsupported ||
                     error.code() == Errc::unverified || error.code() == Errc::not_found;
  require(known, "a parser fails with corrupt, unsupported, unverified or not_found");
  require(!error.message().empty() && error.message().size() < 2000, "an error has a message of sane length");
}

/// Whether `part` lies inside `whole`.
inline bool inside(Bytes part, Bytes whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace asterism::testing
