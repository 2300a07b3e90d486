// SPDX-License-Identifier: Apache-2.0
#include "image-tool/containers/gzip.hpp"

#include <algorithm>
#include <vector>

#define ZLIB_CONST  // input pointers are const
#include <zlib.h>

#include "image-tool/output_file.hpp"

namespace asterism::image_tool {
namespace {

constexpr int gzip_window =
    15 + 16;  // the largest window, with gzip's header; without one given, it has no name or time
// The file systems inside are compressed already: higher levels cost seconds and save a thousandth.
constexpr int level = 1;
constexpr int memory_level = 8;
constexpr std::size_t piece_bytes = std::size_t{256} << 10;

const Bytef* as_zlib(const std::byte* bytes) {
  return reinterpret_cast<const Bytef*>(bytes);  // zlib's type for a byte
}

}  // namespace

struct GzipWriter::State {
  explicit State(OutputFile& target) : file{&target} {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  State(State&&) = delete;
  State& operator=(State&&) = delete;
  ~State() { ::deflateEnd(&stream); }

  OutputFile* file;
  z_stream stream{};
  std::vector<std::byte> buffer = std::vector<std::byte>(piece_bytes);
};

GzipWriter::GzipWriter(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}
GzipWriter::GzipWriter(GzipWriter&&) noexcept = default;
GzipWriter& GzipWriter::operator=(GzipWriter&&) noexcept = default;
GzipWriter::~GzipWriter() = default;

Result<GzipWriter> GzipWriter::make(OutputFile& file) {
  auto state = std::make_unique<State>(file);
  if (::deflateInit2(&state->stream, level, Z_DEFLATED, gzip_window, memory_level, Z_DEFAULT_STRATEGY) != Z_OK) {
    return fail(Errc::internal, "zlib cannot start compressing");
  }
  return GzipWriter{std::move(state)};
}

Result<> GzipWriter::deflate(Bytes content, int flush) {
  z_stream& stream = state_->stream;
  stream.next_in = as_zlib(content.data());
  stream.avail_in = static_cast<uInt>(content.size());
  int status = Z_OK;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(state_->buffer.data());
    stream.avail_out = static_cast<uInt>(state_->buffer.size());
    status = ::deflate(&stream, flush);
    if (status == Z_STREAM_ERROR) return fail(Errc::internal, "zlib cannot compress");
    ASTERISM_CHECK(state_->file->append(Bytes{state_->buffer}.first(state_->buffer.size() - stream.avail_out)));
  } while (stream.avail_out == 0 || (flush == Z_FINISH && status != Z_STREAM_END));
  return {};
}

Result<> GzipWriter::append(Bytes content) {
  while (!content.empty()) {
    const Bytes piece = content.first(std::min(content.size(), std::size_t{1} << 30));
    ASTERISM_CHECK(deflate(piece, Z_NO_FLUSH));
    content = content.subspan(piece.size());
  }
  return {};
}

Result<> GzipWriter::finish() {
  return deflate({}, Z_FINISH);
}

struct GzipReader::State {
  explicit State(Bytes file) : left{file} {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  State(State&&) = delete;
  State& operator=(State&&) = delete;
  ~State() { ::inflateEnd(&stream); }

  Bytes left;  // not yet given to zlib
  z_stream stream{};
  bool ended = false;
};

GzipReader::GzipReader(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}
GzipReader::GzipReader(GzipReader&&) noexcept = default;
GzipReader& GzipReader::operator=(GzipReader&&) noexcept = default;
GzipReader::~GzipReader() = default;

Result<GzipReader> GzipReader::make(Bytes file) {
  auto state = std::make_unique<State>(file);
  if (::inflateInit2(&state->stream, gzip_window) != Z_OK) {
    return fail(Errc::internal, "zlib cannot start decompressing");
  }
  return GzipReader{std::move(state)};
}

Result<std::size_t> GzipReader::read(std::span<std::byte> target) {
  z_stream& stream = state_->stream;
  std::size_t done = 0;
  while (done < target.size() && !state_->ended) {
    if (stream.avail_in == 0) {
      const Bytes piece = state_->left.first(std::min(state_->left.size(), std::size_t{1} << 20));
      state_->left = state_->left.subspan(piece.size());
      stream.next_in = as_zlib(piece.data());
      stream.avail_in = static_cast<uInt>(piece.size());
    }
    const std::size_t room = std::min(target.size() - done, std::size_t{1} << 30);
    stream.next_out = reinterpret_cast<Bytef*>(target.data() + done);
    stream.avail_out = static_cast<uInt>(room);
    const int status = ::inflate(&stream, Z_NO_FLUSH);
    done += room - stream.avail_out;
    if (status == Z_STREAM_END) {
      state_->ended = true;
      if (stream.avail_in != 0 || !state_->left.empty())
        return fail(Errc::corrupt, "bytes after the end of the gzip data");
    } else if (status != Z_OK) {
      return fail(Errc::corrupt, "{}", status == Z_BUF_ERROR ? "the gzip data is cut short" : "malformed gzip data");
    }
  }
  return done;
}

}  // namespace asterism::image_tool
