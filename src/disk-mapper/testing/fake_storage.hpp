// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "disk-mapper/header/copy.hpp"
#include "disk-mapper/luks.hpp"
#include "disk-mapper/node_storage.hpp"

namespace asterism::disk_mapper::testing {

/// What outlives a power cut: the disk's first bytes, the tags that were ever written, and a file system.
struct FakeMedium {
  std::uint64_t size_bytes = std::uint64_t{4} << 30;
  std::uint64_t integrity_bytes = 0;  ///< size of the device when dm-integrity was last told; 0: no superblock
  std::vector<std::byte> front = std::vector<std::byte>(header_bytes + (std::size_t{1} << 20));
  std::map<std::uint64_t, std::vector<std::byte>> blocks;  ///< of the opened device, 4 KiB each; only non-zero ones
  std::uint64_t written_up_to = 0;                         ///< of the opened device: everything before has a tag
  std::vector<std::byte> volume_key;                       ///< under which the tags were made

  std::optional<std::string> filesystem;  ///< its UUID
  std::uint64_t filesystem_bytes = 0;
  std::string data;  ///< what a user stored
};

/// A disk and kernel in memory that refuse what the real ones would: reading a block that was never written, opening
/// with another key, using what is not active. Every change of the medium counts as one write; power can be cut before,
/// in the middle of, or after any of them.
class FakeStorage final : public NodeStorage {
 public:
  explicit FakeStorage(FakeMedium& medium) : medium_{&medium} {}

  /// Power goes off in write number `number` (from 0), after `torn_bytes` of it.
  void cut_at(std::size_t number, std::size_t torn_bytes) { cut_ = {number, torn_bytes}; }
  [[nodiscard]] std::size_t writes() const noexcept { return writes_; }
  [[nodiscard]] bool is_off() const noexcept { return off_; }
  [[nodiscard]] bool is_active() const noexcept { return active_; }
  [[nodiscard]] std::uint64_t mapped_bytes() const noexcept { return mapped_; }
  [[nodiscard]] const std::string& mounted() const noexcept { return mounted_; }
  /// Another disk's content takes this one's place once `size` bytes at `offset` were read, as a host may arrange it.
  void swap_after_read(std::uint64_t offset, std::uint64_t size, std::vector<std::byte> front) {
    swap_at_ = {offset, size};
    swapped_ = std::move(front);
  }

  Result<std::uint64_t> size(const std::string&) override {
    ASTERISM_CHECK(power());
    return medium_->size_bytes;
  }

  Result<std::vector<std::byte>> read(const std::string&, std::uint64_t offset, std::uint64_t size) override {
    ASTERISM_CHECK(power());
    std::vector<std::byte> out(size);
    if (offset < medium_->front.size()) {
      const auto there = Bytes{medium_->front}.subspan(offset);
      std::ranges::copy(there.first(std::min<std::uint64_t>(size, there.size())), out.begin());
    }
    if (swapped_ && swap_at_ == std::pair{offset, size}) medium_->front = *std::exchange(swapped_, std::nullopt);
    return out;
  }

  Result<> write(const std::string&, std::uint64_t offset, Bytes bytes) override {
    return change(bytes.size(), [&](std::size_t done) {
      std::ranges::copy(bytes.first(done), medium_->front.begin() + static_cast<std::ptrdiff_t>(offset));
    });
  }

  Result<> make_integrity(const std::string&) override {
    return change(1, [&](std::size_t done) {
      if (done == 0) return;
      medium_->integrity_bytes = medium_->size_bytes;
      medium_->written_up_to = 0;
      medium_->blocks.clear();
      medium_->filesystem.reset();
    });
  }

  Result<std::uint64_t> activate(const HeaderFile& header, const std::string&, const SecretBytes& volume_key) override {
    ASTERISM_CHECK(power());
    if (active_) return fail(Errc::conflict, "fake: already active");
    if (medium_->integrity_bytes == 0) return fail(Errc::corrupt, "fake: no integrity superblock");
    if (medium_->integrity_bytes != medium_->size_bytes) {
      ASTERISM_CHECK(change(1, [&](std::size_t done) {
        if (done > 0) medium_->integrity_bytes = medium_->size_bytes;
      }));
    }
    ASTERISM_TRY(const auto view, view_header(header));
    if (view.integrity != data_integrity || view.cipher != data_cipher)
      return fail(Errc::internal, "fake: {}", view.cipher);
    active_ = true;
    key_is_right_ = medium_->written_up_to == 0 || std::ranges::equal(medium_->volume_key, volume_key.bytes());
    if (medium_->written_up_to == 0) medium_->volume_key.assign(volume_key.bytes().begin(), volume_key.bytes().end());
    return medium_->integrity_bytes - header_bytes - (medium_->integrity_bytes >> 6) / 4096 * 4096;
  }

  Result<> deactivate() override {
    active_ = false;
    mapped_ = 0;
    mounted_.clear();
    return {};
  }

  Result<std::vector<std::byte>> read_opened(std::uint64_t offset, std::uint64_t size) override {
    ASTERISM_CHECK(usable());
    if (offset + size > medium_->written_up_to)
      return fail(Errc::corrupt, "fake: a block that was never written was read");
    std::vector<std::byte> out(size);
    for (const auto& [at, block] : medium_->blocks)
      if (at >= offset && at + block.size() <= offset + size)
        std::ranges::copy(block, out.begin() + static_cast<std::ptrdiff_t>(at - offset));
    return out;
  }

  Result<> write_opened(std::uint64_t offset, Bytes bytes) override {
    ASTERISM_CHECK(usable());
    // A block of 4 KiB and its tag change as one: that is what the journal of dm-integrity is for.
    return change(1, [&](std::size_t done) {
      if (done > 0) medium_->blocks[offset].assign(bytes.begin(), bytes.end());
    });
  }

  Result<> write_zeros(std::uint64_t offset, std::uint64_t size) override {
    ASTERISM_CHECK(usable());
    if (offset > medium_->written_up_to) return fail(Errc::internal, "fake: a gap before {}", offset);
    if (mapped_ != 0 && offset < mapped_offset_ + mapped_) return fail(Errc::internal, "fake: zeros over data");
    return change(size, [&](std::size_t done) {
      medium_->written_up_to = std::max(medium_->written_up_to, offset + done / 4096 * 4096);
    });
  }

  Result<> map_state(std::uint64_t offset, std::uint64_t size) override {
    ASTERISM_CHECK(usable());
    if (offset + size > medium_->written_up_to)
      return fail(Errc::internal, "fake: blocks that were never written are shown");
    if (size < mapped_) return fail(Errc::internal, "fake: the state device shrinks");
    mapped_offset_ = offset;
    mapped_ = size;
    return {};
  }

  Result<> make_filesystem(const std::string& uuid) override {
    if (mapped_ == 0) return fail(Errc::internal, "fake: nothing is mapped");
    return change(1, [&](std::size_t done) {
      if (done == 0) return;
      medium_->filesystem = uuid;
      medium_->filesystem_bytes = mapped_;
      medium_->data.clear();
    });
  }

  Result<> mount(const std::string& where) override {
    ASTERISM_CHECK(usable());
    if (!medium_->filesystem) return fail(Errc::corrupt, "fake: no file system");
    if (medium_->filesystem_bytes > mapped_)
      return fail(Errc::corrupt, "fake: the file system is larger than its device");
    mounted_ = where;
    return {};
  }

  Result<> grow_filesystem(const std::string& where, std::uint64_t size) override {
    ASTERISM_CHECK(usable());
    if (mounted_ != where) return fail(Errc::internal, "fake: not mounted");
    if (size > mapped_) return fail(Errc::internal, "fake: larger than the device");
    if (size == medium_->filesystem_bytes) return {};
    return change(1, [&](std::size_t done) {
      if (done > 0) medium_->filesystem_bytes = size;
    });
  }

 private:
  [[nodiscard]] Result<> power() const {
    return off_ ? Result<>{fail(Errc::io, "fake: the power is off")} : Result<>{};
  }

  [[nodiscard]] Result<> usable() const {
    ASTERISM_CHECK(power());
    if (!active_) return fail(Errc::internal, "fake: not active");
    if (!key_is_right_) return fail(Errc::corrupt, "fake: authentication fails");
    return {};
  }

  template <class Apply>
  Result<> change(std::size_t size, Apply apply) {
    ASTERISM_CHECK(power());
    if (cut_ && writes_ == cut_->first) {
      apply(std::min(size, cut_->second));
      off_ = true;
      return fail(Errc::io, "fake: power cut");
    }
    ++writes_;
    apply(size);
    return {};
  }

  FakeMedium* medium_;
  std::optional<std::pair<std::size_t, std::size_t>> cut_;
  std::pair<std::uint64_t, std::uint64_t> swap_at_;
  std::optional<std::vector<std::byte>> swapped_;
  std::size_t writes_ = 0;
  bool off_ = false;
  bool active_ = false;
  bool key_is_right_ = false;
  std::uint64_t mapped_offset_ = 0;
  std::uint64_t mapped_ = 0;
  std::string mounted_;
};

}  // namespace asterism::disk_mapper::testing
