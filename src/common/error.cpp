// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"

#include <cerrno>
#include <system_error>

namespace asterism {
namespace {

Errc from_errno_value(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return Errc::not_found;
    case EEXIST:
    case EBUSY:
    case ENOTEMPTY:
      return Errc::conflict;
    case EAGAIN:
    case ENODEV:
    case ENXIO:
    case ETIMEDOUT:
      return Errc::unavailable;
    case ENOSYS:
    case EOPNOTSUPP:
      return Errc::unsupported;
    default:
      return Errc::io;
  }
}

}  // namespace

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::usage:
      return "usage";
    case Errc::not_found:
      return "not_found";
    case Errc::io:
      return "io";
    case Errc::corrupt:
      return "corrupt";
    case Errc::unverified:
      return "unverified";
    case Errc::conflict:
      return "conflict";
    case Errc::unavailable:
      return "unavailable";
    case Errc::unsupported:
      return "unsupported";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

Error::Error(Errc code, std::string message, std::source_location where)
    : code_{code}, message_{std::move(message)}, where_{where} {}

Error Error::from_errno(int number, std::string_view doing, std::source_location where) {
  return Error{from_errno_value(number), std::format("{}: {}", doing, std::generic_category().message(number)), where};
}

Error Error::within(std::string_view context) && {
  message_.insert(0, ": ").insert(0, context);
  return std::move(*this);
}

Error Error::advise(std::string advice) && {
  advice_ = std::move(advice);
  return std::move(*this);
}

}  // namespace asterism
