// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::image_tool {

class OutputFile;

/// Writes one gzip member without name and time: the same bytes for the same content and zlib.
class GzipWriter {
 public:
  /// @param file must outlive the writer. @errors `internal` if zlib refuses its parameters.
  [[nodiscard]] static Result<GzipWriter> make(OutputFile& file);
  GzipWriter(GzipWriter&&) noexcept;
  GzipWriter& operator=(GzipWriter&&) noexcept;
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;
  ~GzipWriter();

  /// @errors `io`.
  [[nodiscard]] Result<> append(Bytes content);
  /// Ends the member. Call once. @errors `io`.
  [[nodiscard]] Result<> finish();

 private:
  struct State;
  explicit GzipWriter(std::unique_ptr<State> state) noexcept;
  Result<> deflate(Bytes content, int flush);

  std::unique_ptr<State> state_;
};

/// Reads a file that is exactly one gzip member.
class GzipReader {
 public:
  /// @param file must outlive the reader. @errors `internal` if zlib refuses its parameters.
  [[nodiscard]] static Result<GzipReader> make(Bytes file);
  GzipReader(GzipReader&&) noexcept;
  GzipReader& operator=(GzipReader&&) noexcept;
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;
  ~GzipReader();

  /// Fills `target` from the front; fewer bytes only at the end. @returns how many.
  /// @errors `corrupt` for a malformed or cut stream, a wrong checksum, or bytes after its end.
  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> target);

 private:
  struct State;
  explicit GzipReader(std::unique_ptr<State> state) noexcept;

  std::unique_ptr<State> state_;
};

}  // namespace asterism::image_tool
