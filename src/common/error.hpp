// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <format>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace asterism {

/// What the caller may do about a failure; the message is for people, this is for programs.
/// Each value has a fixed exit code, see cli.hpp.
enum class Errc : std::uint8_t {
  usage,        ///< the request makes no sense as given: correct the arguments
  not_found,    ///< a named thing does not exist
  io,           ///< the operating system refused or failed a read or write
  corrupt,      ///< the bytes break the rules of their format
  unverified,   ///< well-formed, but not what was promised (digest, signature, unknown field)
  conflict,     ///< the present state forbids it: change the state first
  unavailable,  ///< may work later or elsewhere (device, service, network)
  unsupported,  ///< valid, but outside what this version handles
  internal,     ///< a bug of ours
};

/// The name of `code` as it stands in the enumeration, e.g. "not_found".
[[nodiscard]] std::string_view to_string(Errc code) noexcept;

/// A failure: code for programs, message for people (outermost action first), optional advice, place of origin.
class Error {
 public:
  Error(Errc code, std::string message, std::source_location where = std::source_location::current());

  /// From an errno value. ENOENT and ENOTDIR give `not_found`; EEXIST, EBUSY and ENOTEMPTY give `conflict`; EAGAIN,
  /// ENODEV, ENXIO and ETIMEDOUT give `unavailable`; ENOSYS and EOPNOTSUPP give `unsupported`; all else gives `io`.
  /// @param doing what was tried, e.g. "opening '/etc/os-release'".
  [[nodiscard]] static Error from_errno(int number, std::string_view doing,
                                        std::source_location where = std::source_location::current());

  [[nodiscard]] Errc code() const noexcept { return code_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  [[nodiscard]] const std::string& advice() const noexcept { return advice_; }
  [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

  /// Puts "context: " before the message.
  [[nodiscard]] Error within(std::string_view context) &&;

  /// Replaces what the person reading the message is told to do, e.g. "rebuild the image".
  [[nodiscard]] Error advise(std::string advice) &&;

 private:
  Errc code_;
  std::string message_;
  std::string advice_;
  std::source_location where_;
};

/// A value or an Error; ignoring one does not compile. Check with ASTERISM_TRY or ASTERISM_CHECK.
template <class T = void>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using Base = std::expected<T, Error>;
  using Base::Base;
  constexpr Result() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): what transform() and transform_error() return is a Result again
  constexpr Result(Base base) : Base{std::move(base)} {}
};

/// A checked format string together with the place where it stands.
template <class... Args>
struct FormatHere {
  template <class Text>
  // NOLINTNEXTLINE(google-explicit-constructor): a string literal converts, as it does to std::format_string
  consteval FormatHere(const Text& literal, std::source_location place = std::source_location::current())
      : text{literal}, where{place} {}

  std::format_string<Args...> text;
  std::source_location where;
};

/// `return fail(Errc::corrupt, "sector {}: bad checksum", n);`
template <class... Args>
[[nodiscard]] std::unexpected<Error> fail(Errc code, FormatHere<std::type_identity_t<Args>...> format, Args&&... args) {
  return std::unexpected<Error>{Error{code, std::format(format.text, std::forward<Args>(args)...), format.where}};
}

}  // namespace asterism

#define ASTERISM_PASTE_(a, b) a##b
#define ASTERISM_PASTE(a, b) ASTERISM_PASTE_(a, b)

#define ASTERISM_TRY_(name, target, expression, ...)                                                                  \
  auto name = (expression);                                                                                           \
  if (!name) {                                                                                                        \
    return std::unexpected<::asterism::Error>{std::move(name).error() __VA_OPT__(.within(std::format(__VA_ARGS__)))}; \
  }                                                                                                                   \
  target = *std::move(name)

#define ASTERISM_CHECK_(name, expression, ...)                                                      \
  do {                                                                                              \
    if (auto name = (expression); !name) {                                                          \
      return std::unexpected<::asterism::Error>{std::move(name).error()                             \
                                                    __VA_OPT__(.within(std::format(__VA_ARGS__)))}; \
    }                                                                                               \
  } while (false)

/// ASTERISM_TRY(const auto size, file_size(fd), "reading '{}'", path): the value, or return the error with the context
/// put before its message. The context is formatted on the error path only, and may be left out.
#define ASTERISM_TRY(target, expression, ...) \
  ASTERISM_TRY_(ASTERISM_PASTE(asterism_result_, __COUNTER__), target, expression __VA_OPT__(, ) __VA_ARGS__)

/// The same for a Result without a value.
#define ASTERISM_CHECK(expression, ...) \
  ASTERISM_CHECK_(ASTERISM_PASTE(asterism_result_, __COUNTER__), expression __VA_OPT__(, ) __VA_ARGS__)
