// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/bytes.hpp"
#include "common/handle.hpp"
#include "tpm/policy.hpp"

struct ESYS_CONTEXT;
struct TSS2_TCTI_OPAQUE_CONTEXT_BLOB;

/// The adapter to tpm2-tss; included by the files of this folder only.
namespace asterism::tpm::esys {

/// ESYS_TR: a resource as ESYS numbers it.
using Resource = std::uint32_t;

/// What a TSS2_RC means: nothing for success, else an error with the command, tpm2-tss's own words and an Errc that
/// says what the caller may do.
[[nodiscard]] Result<> checked(std::uint32_t code, std::string_view command);

/// What ends each of tpm2-tss's handles; it wants pointers to pointers.
void finalize_tcti(TSS2_TCTI_OPAQUE_CONTEXT_BLOB* tcti) noexcept;
void finalize_esys(ESYS_CONTEXT* esys) noexcept;
void free_answer(void* answer) noexcept;

/// Owner of what ESYS allocated for an answer.
template <class T>
using Answer = Handle<T, free_answer>;

/// A connection to a TPM.
class Context {
 public:
  /// Opens the TCTI and makes sure that the TPM was started. @errors `unavailable`.
  [[nodiscard]] static Result<Context> open(const std::string& tcti);

  [[nodiscard]] ESYS_CONTEXT* get() const noexcept { return esys_.get(); }

  /// The persistent storage key, once storage_key() has found it: a TPM takes tens of milliseconds to tell it again.
  [[nodiscard]] std::optional<Resource> known_storage_key() const noexcept { return known_storage_key_; }
  void remember_storage_key(Resource resource) const noexcept { known_storage_key_ = resource; }

 private:
  Context() = default;

  // In this order: ESYS has to go first.
  Handle<TSS2_TCTI_OPAQUE_CONTEXT_BLOB, finalize_tcti> tcti_;
  Handle<ESYS_CONTEXT, finalize_esys> esys_;
  mutable std::optional<Resource> known_storage_key_;
};

/// A resource of this process: flushed from the TPM at the end if it is transient or a session, else only forgotten, or
/// kept until the connection ends.
class Owned {
 public:
  enum class End : std::uint8_t { flush, forget, keep };

  Owned(const Context& context, Resource resource, End end) noexcept
      : esys_{context.get()}, resource_{resource}, end_{end} {}
  Owned(Owned&& other) noexcept
      : esys_{std::exchange(other.esys_, nullptr)}, resource_{other.resource_}, end_{other.end_} {}
  Owned& operator=(Owned&&) = delete;
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned();

  [[nodiscard]] Resource get() const noexcept { return resource_; }
  /// Keeps it until the connection ends.
  [[nodiscard]] Resource release() noexcept {
    end_ = End::keep;
    return resource_;
  }

 private:
  ESYS_CONTEXT* esys_;
  Resource resource_;
  End end_;
};

/// The Name of a loaded object or NV index.
[[nodiscard]] Result<std::vector<std::byte>> resource_name(const Context& context, Resource resource);

/// A resource by its TPM handle (persistent object or NV index). @errors `not_found`.
[[nodiscard]] Result<Owned> by_handle(const Context& context, std::uint32_t handle);

/// The persistent storage key at 0x81000001, else the primary of the owner hierarchy from the TCG's template (P-256).
[[nodiscard]] Result<Owned> storage_key(const Context& context);

enum class SessionKind : std::uint8_t { hmac, policy };

/// A session salted with `key`: its parameters are encrypted in both directions, its answers authenticated.
[[nodiscard]] Result<Owned> start_session(const Context& context, SessionKind kind, Resource key);

/// Tells a policy session one step after the other.
/// @errors `unverified` at the first step that does not hold.
[[nodiscard]] Result<> run_policy(const Context& context, Resource session, const Policy& policy);

/// Copies bytes into a TPM2B. @errors `corrupt` if they do not fit.
[[nodiscard]] Result<> put(Bytes from, std::uint16_t& size, std::span<std::uint8_t> buffer, std::string_view what);

/// The bytes of a TPM2B.
[[nodiscard]] inline Bytes taken(std::uint16_t size, std::span<const std::uint8_t> buffer) {
  return std::as_bytes(buffer.first(size));
}

}  // namespace asterism::tpm::esys
