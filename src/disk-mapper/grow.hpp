// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common/error.hpp"
#include "disk-mapper/node_storage.hpp"

namespace asterism::disk_mapper {

/// How far the state disk is initialised.
struct Progress {
  std::uint64_t initialised_bytes = 0;
  std::uint64_t available_bytes = 0;

  [[nodiscard]] bool is_complete() const noexcept { return initialised_bytes == available_bytes; }
  friend bool operator==(const Progress&, const Progress&) = default;
};

/// Reads it from the opened device. @param opened_bytes size of that. @errors as read_records(); `io`.
[[nodiscard]] Result<Progress> read_progress(NodeStorage& storage, std::uint64_t opened_bytes);

/// Called after each piece of zeros; waits as long as others are to have the disk. @returns false: stop here.
using Pace = std::function<bool(std::uint64_t written_bytes)>;

/// One step of the background initialisation: finishes what a power cut may have left, writes zeros behind the end,
/// records them, extends the state device, grows the file system; each is durable before the next begins. Stopped by
/// `pace`, it leaves only zeros that nobody sees.
/// @param opened_bytes size of the opened device. @returns the progress afterwards.
/// @errors as NodeStorage and read_records().
[[nodiscard]] Result<Progress> grow_step(NodeStorage& storage, std::uint64_t opened_bytes,
                                         const std::string& mount_point, std::uint64_t step_bytes, const Pace& pace);

/// Takes steps until all is initialised or `pace` says false, which it has to say once only.
/// @param report called with the progress after each step. @returns the progress. @errors as grow_step().
[[nodiscard]] Result<Progress> grow_all(NodeStorage& storage, std::uint64_t opened_bytes,
                                        const std::string& mount_point, std::uint64_t step_bytes, const Pace& pace,
                                        const std::function<void(const Progress&)>& report);

}  // namespace asterism::disk_mapper
