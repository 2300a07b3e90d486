// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/deb_facts.hpp"

#include <filesystem>

#include "common/digest.hpp"
#include "common/fs.hpp"
#include "common/mapped_file.hpp"
#include "image-tool/process.hpp"
#include "image-tool/sbom/tar_stream.hpp"
#include "image-tool/sbom/utf8.hpp"

namespace asterism::image_tool {
namespace {

constexpr std::string_view doc_folder = "/usr/share/doc";
constexpr std::size_t copyright_maximum_bytes = std::size_t{4} << 20;
constexpr std::uint64_t cache_maximum_bytes = std::uint64_t{16} << 20;

/// Fills in copyright or copyright_of from the package's data archive, and stops reading once it has either.
Result<> read_copyright(const std::string& file, DebFacts& facts) {
  const std::string folder = std::format("{}/{}", doc_folder, facts.name);
  const auto absolute = [](std::string_view name) {
    if (name.starts_with("./")) name.remove_prefix(1);
    if (name.ends_with('/')) name.remove_suffix(1);
    return name.starts_with('/') ? std::string{name} : "/" + std::string{name};
  };
  const auto on_entry = [&](const TarEntry& entry) {
    const std::string name = absolute(entry.name);
    if (name == folder + "/copyright") {
      if (entry.type == '0') return TarChoice::collect;
      // A hard link's target is a path from the root, a symbolic one's starts where the link lies.
      const std::string target = entry.type == '1' ? absolute(entry.target) : entry.target;
      facts.copyright_of = linked_package(folder, target);
      return TarChoice::stop;
    }
    if (name == folder && entry.type == '2') {
      facts.copyright_of = linked_package(doc_folder, entry.target);
      return TarChoice::stop;
    }
    return TarChoice::skip;
  };
  const auto on_content = [&](const TarEntry&, const std::string& content) {
    facts.copyright = clean_utf8(content, copyright_maximum_bytes);
    return false;
  };
  TarStream tar{on_entry, on_content};
  bool sated = false;
  const auto sink = [&](Bytes piece) -> Result<Appetite> {
    ASTERISM_TRY(const bool more, tar.feed(piece));
    sated = !more;
    return more ? Appetite::hungry : Appetite::sated;
  };
  ASTERISM_TRY(const auto outcome, stream_process({"dpkg-deb", "--fsys-tarfile", file}, sink));
  if (outcome.exit_code != 0) return fail(Errc::io, "{}", describe_failure("dpkg-deb", outcome));
  if (!sated && !tar.is_complete()) return fail(Errc::corrupt, "its data archive is cut short");
  return {};
}

}  // namespace

Result<DebFacts> parse_control(std::string_view text) {
  DebFacts facts;
  std::string source;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, colon);
    const std::string value = clean_utf8(line.substr(colon + 2), 1024);
    if (key == "Package") facts.name = value;
    if (key == "Version") facts.version = value;
    if (key == "Architecture") facts.architecture = value;
    if (key == "Source") source = value;
  }
  if (facts.name.empty() || facts.version.empty() || facts.architecture.empty()) {
    return fail(Errc::corrupt, "a control file without name, version or architecture");
  }
  // "Source: glibc", or "Source: glibc (2.41-12)" where the versions differ, or nothing where both are the same.
  const std::size_t bracket = source.find(" (");
  facts.source = source.empty() ? facts.name : source.substr(0, bracket);
  facts.source_version = facts.version;
  if (bracket != std::string::npos && source.ends_with(')')) {
    facts.source_version = source.substr(bracket + 2, source.size() - bracket - 3);
  }
  return facts;
}

std::string linked_package(std::string_view folder, std::string_view target) {
  const auto path = (std::filesystem::path{folder} / target).lexically_normal();
  const auto below = path.lexically_relative(doc_folder);
  const std::string name = below.empty() ? "" : below.begin()->string();
  const bool own = std::filesystem::path{folder}.lexically_relative(doc_folder).string() == name;
  return name == "." || name == ".." || own ? "" : clean_utf8(name, 255);
}

std::string DebReader::cache_path(const LockedInput& input) const {
  return std::format("{}/{}.json", cache_, input.sha256);
}

Result<DebFacts> DebReader::read_package(const LockedInput& input) const {
  const std::string file = path_in_store(store_, input);
  ASTERISM_TRY(const MappedFile mapped, MappedFile::open(file));
  ASTERISM_TRY(const Digest digest, sha256(mapped.bytes()));
  if (digest.hex() != input.sha256) {
    return fail(Errc::unverified, "'{}' has SHA-256 {}, the lock says {}", file, digest.hex(), input.sha256);
  }
  ASTERISM_TRY(const std::string control,
               run_checked({"dpkg-deb", "--field", file, "Package", "Version", "Architecture", "Source"}));
  ASTERISM_TRY(DebFacts facts, parse_control(control));
  if (facts.name != input.name || facts.version != input.version || facts.architecture != input.architecture) {
    return fail(Errc::unverified, "the package is {} {} {}", printable(facts.name), printable(facts.version),
                printable(facts.architecture));
  }
  ASTERISM_CHECK(read_copyright(file, facts));
  return facts;
}

Result<DebFacts> DebReader::read(const LockedInput& input) const {
  if (!cache_.empty()) {
    // A cached text that cannot be read is as good as none.
    const auto text = read_text_file(cache_path(input), cache_maximum_bytes);
    if (text) {
      if (auto facts = facts_from_text(*text)) return std::move(*facts);
    }
  }
  ASTERISM_TRY(DebFacts facts, read_package(input), "package {} {}", printable(input.name), printable(input.version));
  if (!cache_.empty()) {
    std::error_code failed;
    std::filesystem::create_directories(cache_, failed);
    ASTERISM_CHECK(write_file_atomically(cache_path(input), as_bytes(facts_to_text(facts))), "cache");
  }
  return facts;
}

}  // namespace asterism::image_tool
