// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "disk-mapper/key_provider.hpp"

namespace asterism::disk_mapper::testing {

/// Keeps record and key in memory; lives as long as the test's node, through its power cuts.
class FakeKeyProvider final : public KeyProvider {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "fake"; }

  [[nodiscard]] Result<bool> has_record() override {
    ASTERISM_CHECK(next());
    return record_.has_value();
  }

  [[nodiscard]] Result<std::string> seal(const SecretBytes& key) override {
    ASTERISM_CHECK(next());
    if (key.size() != node_key_bytes) return fail(Errc::usage, "a key of {} bytes", key.size());
    sealed_.assign(key.bytes().begin(), key.bytes().end());
    return std::format("fake {}", ++seals_);
  }

  [[nodiscard]] Result<> commit(const DiskIdentity& disk) override {
    ASTERISM_CHECK(next());
    if (record_ && *record_ != disk) return fail(Errc::conflict, "fake: another disk is recorded");
    record_ = disk;
    key_ = sealed_;
    return {};
  }

  [[nodiscard]] Result<SecretBytes> load(const DiskIdentity& disk) override {
    ASTERISM_CHECK(next());
    if (!record_) return fail(Errc::not_found, "fake: nothing is recorded");
    if (*record_ != disk) return fail(Errc::unverified, "fake: {} is not the disk that this node made", disk.uuid);
    if (locked_) return fail(Errc::unverified, "fake: the key is not for this state of the node");
    return SecretBytes::copy_of(key_);
  }

  /// The call after `calls` more fails with `error`.
  void fail_after(std::size_t calls, Error error) { failure_ = {calls, std::move(error)}; }
  /// From now on load() is refused, as by a TPM whose policy does not hold.
  void lock() { locked_ = true; }
  void forget() { record_.reset(); }
  [[nodiscard]] const std::optional<DiskIdentity>& recorded() const noexcept { return record_; }

 private:
  Result<> next() {
    if (!failure_ || failure_->first-- > 0) return {};
    Error error = std::move(failure_->second);
    failure_.reset();
    return std::unexpected{std::move(error)};
  }

  std::optional<DiskIdentity> record_;
  std::vector<std::byte> key_;
  std::vector<std::byte> sealed_;
  unsigned seals_ = 0;
  std::optional<std::pair<std::size_t, Error>> failure_;
  bool locked_ = false;
};

}  // namespace asterism::disk_mapper::testing
