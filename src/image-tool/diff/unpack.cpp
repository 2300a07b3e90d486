// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <sys/stat.h>

#include "common/mapped_file.hpp"
#include "image-tool/diff/file_list.hpp"
#include "image-tool/diff/inspect.hpp"
#include "image-tool/output_file.hpp"
#include "image-tool/process.hpp"
#include "image-tool/scratch_folder.hpp"

namespace asterism::image_tool {
namespace {

constexpr std::uint64_t decompressed_maximum_bytes = std::uint64_t{8} << 30;
constexpr std::size_t files_maximum = 1'000'000;

/// Every file below `top`, which was unpacked there and which nobody else writes to.
Result<FileList> list_tree(const std::string& top) {
  namespace fs = std::filesystem;
  FileList list;
  std::error_code failed;
  fs::recursive_directory_iterator at{top, failed};
  for (const fs::recursive_directory_iterator end; !failed && at != end; at.increment(failed)) {
    struct stat status{};
    if (::lstat(at->path().c_str(), &status) != 0) {
      return std::unexpected{Error::from_errno(errno, std::format("reading '{}'", printable(at->path().string())))};
    }
    FileFacts facts{.mode = status.st_mode,
                    .owner = status.st_uid,
                    .group = status.st_gid,
                    .modified = status.st_mtim.tv_sec,
                    .links = status.st_nlink,
                    .size = static_cast<std::uint64_t>(status.st_size),
                    .device = status.st_rdev,
                    .target = {}};
    if (S_ISLNK(status.st_mode)) facts.target = fs::read_symlink(at->path(), failed).string();
    if (list.size() == files_maximum) return fail(Errc::unsupported, "more than {} files", files_maximum);
    list.emplace(at->path().lexically_relative(top).string(), std::move(facts));
  }
  if (failed) return fail(Errc::io, "listing '{}': {}", printable(top), failed.message());
  return list;
}

/// With -d1 fsck.erofs prints errors alone; not every one of them shows in its exit code.
Result<> extract_erofs(const std::string& image, const std::string& to) {
  ASTERISM_TRY(const auto outcome, run_process({"fsck.erofs", "-d1", "--extract=" + to, image}));
  if (outcome.exit_code == 0 && outcome.errors.empty()) return {};
  return fail(Errc::corrupt, "{}", describe_failure("fsck.erofs", outcome));
}

WithContent content_below(const std::string& top) {
  return [top](const std::string& path, const std::function<Result<>(Bytes)>& use) -> Result<> {
    ASTERISM_TRY(const MappedFile file, MappedFile::open(top + "/" + path));
    return use(file.bytes());
  };
}

}  // namespace

std::string decompressor_of(Bytes bytes) {
  const std::string_view text = as_text(bytes.first(std::min<std::size_t>(bytes.size(), 6)));
  if (text.starts_with("\x28\xb5\x2f\xfd")) return "zstd";
  if (text.starts_with("\x1f\x8b")) return "gzip";
  if (text.starts_with(std::string_view{"\xfd\x37zXZ\x00", 6})) return "xz";
  return {};
}

Result<> write_sparse(Bytes bytes, const std::string& to) {
  ASTERISM_TRY(OutputFile file, OutputFile::create(to));
  for (const DataRange& range : data_ranges(bytes))
    ASTERISM_CHECK(file.write_at(range.offset, bytes.subspan(range.offset, range.size)));
  ASTERISM_CHECK(file.resize(bytes.size()));
  return file.close();
}

Result<> decompress(Bytes compressed, const std::string& scratch, const std::string& to) {
  const std::string program = decompressor_of(compressed);
  if (program.empty()) return fail(Errc::unsupported, "not compressed");
  ASTERISM_TRY(const ScratchFolder folder, ScratchFolder::make(scratch));
  ASTERISM_CHECK(write_sparse(compressed, folder / "compressed"));
  ASTERISM_TRY(OutputFile file, OutputFile::create(to));
  std::uint64_t left = decompressed_maximum_bytes;
  const auto sink = [&](Bytes piece) -> Result<Appetite> {
    if (piece.size() > left) return fail(Errc::unsupported, "more than {} bytes", decompressed_maximum_bytes);
    left -= piece.size();
    ASTERISM_CHECK(file.append(piece));
    return Appetite::hungry;
  };
  ASTERISM_TRY(const auto outcome,
               stream_process({program, "--decompress", "--stdout", "--quiet", "--", folder / "compressed"}, sink));
  if (outcome.exit_code != 0) return fail(Errc::io, "{}", describe_failure(program, outcome));
  return file.close();
}

Result<> inspect_compressed(const std::string& place, Bytes a, Bytes b, const Inspection& inspection) {
  ASTERISM_TRY(const ScratchFolder folder, ScratchFolder::make(inspection.scratch));
  ASTERISM_CHECK(decompress(a, inspection.scratch, folder / "a"));
  ASTERISM_CHECK(decompress(b, inspection.scratch, folder / "b"));
  ASTERISM_TRY(const MappedFile left, MappedFile::open(folder / "a"));
  ASTERISM_TRY(const MappedFile right, MappedFile::open(folder / "b"));
  if (std::ranges::equal(left.bytes(), right.bytes())) {
    inspection.findings.add(place, "what is compressed is equal: the compression differs");
    return {};
  }
  inspect(std::format("{}: decompressed", place), left.bytes(), right.bytes(), inspection);
  return {};
}

Result<> inspect_erofs(const std::string& place, Bytes a, Bytes b, const Inspection& inspection) {
  ASTERISM_TRY(const ScratchFolder folder, ScratchFolder::make(inspection.scratch));
  for (const auto& [bytes, name] : {std::pair{a, "a"}, std::pair{b, "b"}}) {
    const std::string image = folder / (std::string{name} + ".erofs");
    ASTERISM_CHECK(write_sparse(bytes, image));
    ASTERISM_CHECK(extract_erofs(image, folder / name));
    std::error_code ignored;  // only space is lost
    std::filesystem::remove(image, ignored);
  }
  ASTERISM_TRY(const FileList left, list_tree(folder / "a"));
  ASTERISM_TRY(const FileList right, list_tree(folder / "b"));
  return inspect_files(place, left, right, content_below(folder / "a"), content_below(folder / "b"),
                       "all files are equal: layout, extended attributes or the superblock differ", inspection);
}

}  // namespace asterism::image_tool
