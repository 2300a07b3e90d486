// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include <dlfcn.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "common/handle.hpp"
#include "tpm/state_key.hpp"
#include "tpm/testing/fake_tpm.hpp"
#include "tpm/tpm.hpp"

namespace asterism::tpm::testing {

/// A machine with the fake TPM.
class FakeMachine {
 public:
  Tpm& tpm() { return tpm_; }
  void restart() { tpm_.restart(); }

 private:
  FakeTpm tpm_;
};

/// libtpms itself, as far as a power cycle needs it; the same copy that the TCTI loads.
/// @source libtpms/tpm_library.h.
class Libtpms {
 public:
  static constexpr int permanent = 1;
  static constexpr int tpm_2 = 1;

  Libtpms() : library_{::dlopen("libtpms.so.0", RTLD_NOW)} {
    if (!library_) throw std::runtime_error{"no libtpms.so.0"};
    // Before a state is set; the library starts as a TPM 1.2.
    if (function<std::uint32_t(int)>("TPMLIB_ChooseTPMVersion")(tpm_2) != 0) {
      throw std::runtime_error{"TPMLIB_ChooseTPMVersion"};
    }
  }
  Libtpms(const Libtpms&) = delete;
  Libtpms& operator=(const Libtpms&) = delete;
  ~Libtpms() { ::dlclose(library_); }

  /// What the TPM keeps without power.
  [[nodiscard]] std::vector<unsigned char> permanent_state() const {
    unsigned char* blob = nullptr;
    std::uint32_t size = 0;
    if (function<std::uint32_t(int, unsigned char**, std::uint32_t*)>("TPMLIB_GetState")(permanent, &blob, &size) !=
        0) {
      throw std::runtime_error{"TPMLIB_GetState"};
    }
    const std::vector<unsigned char> state{blob, blob + size};
    ::free(blob);
    return state;
  }
  /// Gives it to the TPM that starts next.
  void set_permanent_state(const std::vector<unsigned char>& state) const {
    const auto set = function<std::uint32_t(int, const unsigned char*, std::uint32_t)>("TPMLIB_SetState");
    if (set(permanent, state.data(), static_cast<std::uint32_t>(state.size())) != 0) {
      throw std::runtime_error{"TPMLIB_SetState"};
    }
  }

 private:
  template <class Type>
  Type* function(const char* name) const {
    return reinterpret_cast<Type*>(::dlsym(library_, name));
  }

  void* library_;
};

/// A machine with a whole software TPM in this process, a new one each time; one at a time.
class LibtpmsMachine {
 public:
  LibtpmsMachine() {
    std::filesystem::remove("NVChip");
    tpm_ = open_tpm("libtpms").value();
  }
  /// A TPM that goes on from what state() gave.
  explicit LibtpmsMachine(const std::vector<unsigned char>& state) { start(state); }
  LibtpmsMachine(const LibtpmsMachine&) = delete;
  LibtpmsMachine& operator=(const LibtpmsMachine&) = delete;
  ~LibtpmsMachine() { tpm_.reset(); }

  Tpm& tpm() { return *tpm_; }
  /// Another TPM: nothing of before is left.
  void clear() {
    tpm_.reset();
    std::filesystem::remove("NVChip");
    tpm_ = open_tpm("libtpms").value();
  }
  /// Power off and on.
  void restart() {
    const auto state = library_.permanent_state();
    tpm_.reset();
    start(state);
  }
  /// What it keeps without power.
  [[nodiscard]] std::vector<unsigned char> state() const { return library_.permanent_state(); }

 private:
  void start(const std::vector<unsigned char>& state) {
    std::filesystem::remove("NVChip");
    library_.set_permanent_state(state);
    tpm_ = open_tpm("libtpms").value();
  }

  Libtpms library_;
  std::unique_ptr<Tpm> tpm_;
};

/// A policy key made for one run of the tests.
class TestKey {
 public:
  enum class Kind : std::uint8_t { rsa, ecc };

  explicit TestKey(Kind kind) : key_{kind == Kind::rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256")} {}

  [[nodiscard]] std::string pem() const {
    const Handle<BIO, ::BIO_vfree> out{::BIO_new(::BIO_s_mem())};
    ::PEM_write_bio_PUBKEY(out.get(), key_.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }
  [[nodiscard]] PublicKey public_key() const { return PublicKey::from_pem(pem()).value(); }

  [[nodiscard]] std::vector<std::byte> sign(Bytes message) const {
    const Handle<EVP_MD_CTX, ::EVP_MD_CTX_free> context{::EVP_MD_CTX_new()};
    std::vector<std::byte> signature(512);
    std::size_t size = signature.size();
    if (::EVP_DigestSignInit(context.get(), nullptr, ::EVP_sha256(), nullptr, key_.get()) != 1 ||
        ::EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                         reinterpret_cast<const unsigned char*>(message.data()), message.size()) != 1) {
      throw std::runtime_error{"signing"};
    }
    signature.resize(size);
    return signature;
  }

  /// The signature of an approved policy for a purpose.
  [[nodiscard]] PolicySignature approve(const Policy& policy, std::string_view reference) const {
    const auto digest = policy_digest(policy).value();
    return {.pcrs = {},
            .key = public_key().fingerprint(),
            .policy = digest,
            .signature = sign(signed_policy_message(digest, reference))};
  }

 private:
  Handle<EVP_PKEY, ::EVP_PKEY_free> key_;
};

/// The keys of a run: making them takes most of its time.
inline const TestKey& rsa_key() {
  static const TestKey key{TestKey::Kind::rsa};
  return key;
}
inline const TestKey& ecc_key() {
  static const TestKey key{TestKey::Kind::ecc};
  return key;
}

/// An image as far as PCRs are concerned: what it measures into PCR 11 up to the initramfs.
struct TestImage {
  std::string name;
  std::uint64_t security_version = 1;
  std::uint64_t floor = 1;

  /// Boots it to the initramfs.
  void boot(Tpm& tpm) const {
    (void)tpm.extend(11, as_bytes(name)).value();
    (void)tpm.extend(11, as_bytes("enter-initrd")).value();
  }

  /// Its signatures, by the key: both banks, phase enter-initrd.
  [[nodiscard]] ImageLine signed_by(const TestKey& key) const {
    StateSignatures own{
        .security_version = security_version, .floor = floor, .state = {}, .floor_start = {}, .floor_raise = {}};
    const auto pub = key.public_key();
    for (const HashAlgorithm bank : hash_algorithms) {
      Digest value{bank};
      for (const std::string_view word : {std::string_view{name}, std::string_view{"enter-initrd"}})
        value = hash(bank, {value.bytes(), hash(bank, as_bytes(word)).value().bytes()}).value();
      const Digest values[] = {value, Digest{bank}, Digest{bank}};
      auto entry = key.approve(approved_state_policy(pub, values, security_version).value(), state_reference);
      entry.pcrs = {11, 12, 13};
      own.state[bank].push_back(entry);
    }
    own.floor_start = key.approve(approved_floor_start(), floor_reference);
    own.floor_raise = key.approve(approved_floor_raise(pub, floor).value(), floor_reference);
    const PolicyDocument document{.systemd = {}, .asterism = own};
    return ImageLine::make(key.pem(), to_json(document).to_text()).value();
  }
};

}  // namespace asterism::tpm::testing
