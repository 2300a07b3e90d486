// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "common/bytes.hpp"
#include "measured-boot/pcr.hpp"

namespace asterism::measured_boot {

/// A piece of a byte stream: bytes, then zeros. Made-up bytes are kept alive by `owner`.
struct Segment {
  Bytes data;
  std::uint64_t zeros_after = 0;
  std::shared_ptr<const std::vector<std::byte>> owner = {};

  [[nodiscard]] std::uint64_t size() const noexcept { return data.size() + zeros_after; }

  /// A segment that owns its bytes.
  [[nodiscard]] static Segment owning(std::vector<std::byte> bytes);
};

using Stream = std::vector<Segment>;

/// Sum of the sizes of all segments, in bytes.
[[nodiscard]] std::uint64_t stream_size(const Stream& stream);

/// Collects what has to be hashed, then hashes each stretch of bytes once per bank, on all cores.
///
/// A section is needed by itself (PCR 11) and as the start of something longer (the initrd of PCR 9): a continuation
/// goes on from the state that the hash had at the end of the first stream.
class DigestPlan {
 public:
  /// Names a stream of this plan.
  struct Id {
    std::size_t stream = 0;
    std::size_t continuation = 0;  ///< 0 is the stream itself
  };

  /// A stream to hash; asking twice for the same bytes gives the same id.
  [[nodiscard]] Id add(const Stream& stream);

  /// The stream `start` (an id that add() gave) followed by `rest`.
  [[nodiscard]] Id add_continuation(Id start, Stream rest);

  /// Hashes everything in every bank. Call once, before digests().
  /// @param threads at least 1.
  /// @param done_with gets each stretch of at most 1 MiB after it was hashed; other threads may call it at the same
  ///        time, and the same bytes may still be hashed for something else.
  /// @errors `internal` from OpenSSL.
  [[nodiscard]] Result<> run(unsigned threads, const std::function<void(Bytes)>& done_with = {});

  /// What run() found.
  [[nodiscard]] const BankDigests& digests(Id id) const;

 private:
  struct Work {
    Stream stream;
    std::vector<Stream> continuations;
    std::vector<BankDigests> digests;  ///< [0] the stream, then one for each continuation
  };

  static Result<> hash_one(Work& work, HashAlgorithm bank, const std::function<void(Bytes)>& done_with);

  std::vector<Work> works_;
};

}  // namespace asterism::measured_boot
