// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "disk-mapper/key_provider.hpp"

namespace asterism::disk_mapper::testing {

/// Keeps record and keys in memory; lives as long as the test's node, through its power cuts.
class FakeKeyProvider final : public KeyProvider {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "fake"; }

  [[nodiscard]] Result<bool> has_record() override {
    ASTERISM_CHECK(next());
    return record_.has_value();
  }

  [[nodiscard]] Result<NodeKey> make_key(const std::string& /*uuid*/) override {
    ASTERISM_CHECK(next());
    ASTERISM_TRY(auto key, SecretBytes::random(node_key_bytes));
    auto sealed = std::format("fake {}", ++made_);
    keys_.emplace(sealed, std::vector<std::byte>{key.bytes().begin(), key.bytes().end()});
    return NodeKey{.key = std::move(key), .sealed = std::move(sealed)};
  }

  [[nodiscard]] Result<SecretBytes> load(const std::string& /*uuid*/, const std::string& sealed) override {
    ASTERISM_CHECK(next());
    if (locked_) return fail(Errc::unverified, "fake: the key is not for this state of the node");
    const auto found = keys_.find(sealed);
    if (found == keys_.end()) return fail(Errc::unverified, "fake: '{}' was not sealed here", sealed);
    return SecretBytes::copy_of(found->second);
  }

  [[nodiscard]] Result<> commit(const DiskIdentity& disk) override {
    ASTERISM_CHECK(next());
    if (record_ && *record_ != disk) return fail(Errc::conflict, "fake: another disk is recorded");
    record_ = disk;
    return {};
  }

  [[nodiscard]] Result<> confirm(const DiskIdentity& disk) override {
    ASTERISM_CHECK(next());
    if (!record_) return fail(Errc::not_found, "fake: nothing is recorded");
    if (*record_ != disk) return fail(Errc::unverified, "fake: {} is not the disk that this node made", disk.uuid);
    return {};
  }

  /// The call after `calls` more fails with `error`.
  void fail_after(std::size_t calls, Error error) { failure_ = {calls, std::move(error)}; }
  /// Every call fails with `error`.
  void fail_always(Error error) { always_ = std::move(error); }
  /// From now on load() is refused, as by a TPM whose policy does not hold.
  void lock() { locked_ = true; }
  void forget() { record_.reset(); }
  /// As another TPM: no record, and no key that was sealed before.
  void replace() {
    forget();
    keys_.clear();
  }
  [[nodiscard]] std::string last_sealed() const { return std::format("fake {}", made_); }
  [[nodiscard]] const std::optional<DiskIdentity>& recorded() const noexcept { return record_; }

 private:
  Result<> next() {
    if (always_) return std::unexpected{*always_};
    if (!failure_ || failure_->first-- > 0) return {};
    Error error = std::move(failure_->second);
    failure_.reset();
    return std::unexpected{std::move(error)};
  }

  std::optional<DiskIdentity> record_;
  unsigned made_ = 0;
  std::map<std::string, std::vector<std::byte>> keys_;
  std::optional<std::pair<std::size_t, Error>> failure_;
  std::optional<Error> always_;
  bool locked_ = false;
};

}  // namespace asterism::disk_mapper::testing
