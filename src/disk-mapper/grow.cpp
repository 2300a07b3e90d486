// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/grow.hpp"

#include <algorithm>

#include "disk-mapper/layout_record.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::uint64_t block_bytes = 4096;
constexpr std::uint64_t piece_bytes = std::uint64_t{4} << 20;

/// The record that counts, and how much there is.
struct Layout {
  LayoutRecord record;
  std::uint64_t available_bytes = 0;
};

Result<Layout> read_layout(NodeStorage& storage, std::uint64_t opened_bytes) {
  if (opened_bytes <= reserved_bytes) return fail(Errc::corrupt, "the opened device has only {} bytes", opened_bytes);
  const std::uint64_t available = (opened_bytes - reserved_bytes) / block_bytes * block_bytes;
  ASTERISM_TRY(const auto records, storage.read_opened(0, records_bytes), "reading the layout records");
  ASTERISM_TRY(const auto record, read_records(records, available));
  return Layout{.record = record, .available_bytes = available};
}

}  // namespace

Result<Progress> read_progress(NodeStorage& storage, std::uint64_t opened_bytes) {
  ASTERISM_TRY(const auto layout, read_layout(storage, opened_bytes));
  return Progress{.initialised_bytes = layout.record.initialised_bytes, .available_bytes = layout.available_bytes};
}

Result<Progress> grow_step(NodeStorage& storage, std::uint64_t opened_bytes, const std::string& mount_point,
                           std::uint64_t step_bytes, const Pace& pace) {
  ASTERISM_TRY(const auto layout, read_layout(storage, opened_bytes));
  const std::uint64_t start = layout.record.initialised_bytes;
  // A cut between the record and what follows it: both do nothing where they were done.
  ASTERISM_CHECK(storage.map_state(reserved_bytes, start));
  ASTERISM_CHECK(storage.grow_filesystem(mount_point, start));
  const Progress before{.initialised_bytes = start, .available_bytes = layout.available_bytes};
  const std::uint64_t end = std::min(layout.available_bytes, start + step_bytes / block_bytes * block_bytes);
  for (std::uint64_t at = start; at < end;) {
    const std::uint64_t piece = std::min(piece_bytes, end - at);
    ASTERISM_CHECK(storage.write_zeros(reserved_bytes + at, piece), "initialising");
    at += piece;
    if (!pace(piece)) return before;
  }
  if (end == start) return before;
  const LayoutRecord next{.sequence = layout.record.sequence + 1, .initialised_bytes = end};
  ASTERISM_TRY(const auto record, write_record(next));
  ASTERISM_CHECK(storage.write_opened(record_offset(next), record), "writing the layout record");
  ASTERISM_CHECK(storage.map_state(reserved_bytes, end));
  ASTERISM_CHECK(storage.grow_filesystem(mount_point, end));
  return Progress{.initialised_bytes = end, .available_bytes = layout.available_bytes};
}

Result<Progress> grow_all(NodeStorage& storage, std::uint64_t opened_bytes, const std::string& mount_point,
                          std::uint64_t step_bytes, const Pace& pace,
                          const std::function<void(const Progress&)>& report) {
  ASTERISM_TRY(auto progress, read_progress(storage, opened_bytes));
  bool stopped = false;
  // Also where all is initialised: the first step finishes what a power cut may have left of the last one.
  do {
    ASTERISM_TRY(const auto next, grow_step(storage, opened_bytes, mount_point, step_bytes, pace));
    stopped = next == progress;
    progress = next;
    report(progress);
  } while (!progress.is_complete() && !stopped);
  return progress;
}

}  // namespace asterism::disk_mapper
