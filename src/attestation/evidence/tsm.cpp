// SPDX-License-Identifier: Apache-2.0
#include "attestation/evidence/tsm.hpp"

#include <cerrno>
#include <format>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.hpp"

namespace asterism::attestation {
namespace {

constexpr std::uint64_t blob_bytes_max = 64U << 10;
constexpr std::uint64_t word_bytes_max = 64;

/// An entry that is gone when it goes out of scope: configfs keeps it otherwise until the next boot.
class Entry {
 public:
  static Result<std::unique_ptr<Entry>> make(const std::string& folder, const std::function<int(const char*)>& make) {
    auto path = std::format("{}/asterism-{}", folder, ::getpid());
    if (make(path.c_str()) != 0) {
      const Errc code = errno == EEXIST ? Errc::conflict : Errc::unavailable;
      return fail(code, "making '{}': {}", path, Error::from_errno(errno, "mkdir").message());
    }
    return std::make_unique<Entry>(std::move(path));
  }
  explicit Entry(std::string path) : path_{std::move(path)} {}
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  Entry(Entry&&) = delete;
  Entry& operator=(Entry&&) = delete;
  ~Entry() { ::rmdir(path_.c_str()); }

  [[nodiscard]] Result<> write(const char* name, Bytes content) const {
    const std::string path = std::format("{}/{}", path_, name);
    const UniqueFd file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!file) return std::unexpected{Error::from_errno(errno, std::format("opening '{}'", path))};
    // One write: the kernel takes the blob as a whole.
    if (::write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
      return std::unexpected{Error::from_errno(errno, std::format("writing '{}'", path))};
    }
    return {};
  }
  [[nodiscard]] Result<std::vector<std::byte>> read(const char* name, std::uint64_t limit_bytes) const {
    return read_file(std::format("{}/{}", path_, name), limit_bytes);
  }
  [[nodiscard]] Result<std::string> word(const char* name) const {
    ASTERISM_TRY(const auto bytes, read(name, word_bytes_max));
    std::string text{as_text(bytes)};
    if (text.ends_with('\n')) text.pop_back();
    return text;
  }

 private:
  std::string path_;
};

Result<TsmKind> kind_of(std::string_view provider) {
  if (provider == "sev_guest") return TsmKind::snp;
  if (provider == "tdx_guest") return TsmKind::tdx;
  return fail(Errc::unsupported, "provider '{}' (known: sev_guest, tdx_guest)", excerpt(provider));
}

class KernelTsm final : public TsmReports {
 public:
  KernelTsm(std::string folder, std::function<int(const char*)> make_entry)
      : folder_{std::move(folder)}, make_entry_{std::move(make_entry)} {}

  Result<TsmReport> report(const FixedBytes<64>& report_data) override {
    ASTERISM_TRY(auto made, fetch(report_data), "hardware report");
    return made;
  }

 private:
  Result<TsmReport> fetch(const FixedBytes<64>& report_data) {
    ASTERISM_TRY(const auto entry, Entry::make(folder_, make_entry_));
    TsmReport made;
    ASTERISM_TRY(const auto provider, entry->word("provider"));
    ASTERISM_TRY(made.kind, kind_of(provider));
    ASTERISM_CHECK(entry->write("inblob", report_data));
    ASTERISM_TRY(const auto before, entry->word("generation"));
    ASTERISM_TRY(made.report, entry->read("outblob", blob_bytes_max));
    if (made.kind == TsmKind::snp) {
      // Hosts without certificates have an empty file or none.
      if (auto table = entry->read("auxblob", blob_bytes_max)) made.certificates = *std::move(table);
    }
    ASTERISM_TRY(const auto after, entry->word("generation"));
    if (before != after) return fail(Errc::conflict, "somebody else used the entry meanwhile");
    if (made.report.empty()) return fail(Errc::unavailable, "the hardware gave none");
    return made;
  }

  std::string folder_;
  std::function<int(const char*)> make_entry_;
};

}  // namespace

std::unique_ptr<TsmReports> kernel_tsm(std::string folder, std::function<int(const char*)> make_entry) {
  if (!make_entry) make_entry = [](const char* path) { return ::mkdir(path, 0700); };
  return std::make_unique<KernelTsm>(std::move(folder), std::move(make_entry));
}

}  // namespace asterism::attestation
