// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/boot_files.hpp"

#include <algorithm>
#include <array>

#include "efi/fat_directory.hpp"
#include "efi/gpt.hpp"
#include "measured-boot/boot_entry.hpp"
#include "measured-boot/uki.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::string_view default_loader = "EFI/BOOT/BOOTX64.EFI";
constexpr std::string_view uki_folder = "EFI/Linux";
constexpr std::uint64_t loader_conf_bytes_max = 1 << 20;

/// A folder of the ESP whose files of some ending get measured when they are there.
struct MeasuredExtra {
  std::string_view folder;
  std::string_view suffix;
  std::string_view effect;
};

constexpr MeasuredExtra measured_extras[] = {
    {"loader/addons", ".addon.efi", "PCR 4 and 12"},   {"loader/credentials", ".cred", "PCR 9 and 12"},
    {"loader/extensions", ".raw", "PCR 9, 12 and 13"}, {"EFI/systemd/drivers", ".efi", "PCR 4"},
    {"loader/entries", ".conf", "what is booted"},
};
constexpr std::array extra_suffixes{std::string_view{".addon.efi"}, std::string_view{".cred"},
                                    std::string_view{".raw"}};

bool ends_with_ignoring_case(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && efi::equal_ignoring_case(text.substr(text.size() - suffix.size()), suffix);
}

std::unexpected<Error> measured_extra(std::string_view path, std::string_view effect) {
  return std::unexpected{
      Error{Errc::unsupported, std::format("'{}' on the ESP changes {}, so this boot is not a clean one", path, effect)}
          .advise("remove it from the image, or predict the UKI alone")};
}

/// The entries of a folder; none if the folder does not exist.
Result<std::vector<efi::FatEntry>> list_if_there(const efi::FatVolume& esp, std::string_view folder) {
  auto entries = esp.list(folder);
  if (!entries && entries.error().code() == Errc::not_found) return std::vector<efi::FatEntry>{};
  return entries;
}

Result<> refuse_global_extras(const efi::FatVolume& esp) {
  for (const MeasuredExtra& extra : measured_extras) {
    ASTERISM_TRY(const auto entries, list_if_there(esp, extra.folder));
    for (const efi::FatEntry& entry : entries) {
      if (!entry.is_directory && ends_with_ignoring_case(entry.name, extra.suffix)) {
        return measured_extra(std::format("{}/{}", extra.folder, entry.name), extra.effect);
      }
    }
  }
  return {};
}

/// systemd-stub looks for companions of a UKI in "<uki>.extra.d", with and without the boot counter in the name.
Result<> refuse_own_extras(const efi::FatVolume& esp, std::string_view uki_path) {
  const auto slash = uki_path.rfind('/');
  const auto plus = uki_path.rfind('+');
  std::vector<std::string> folders{std::format("{}.extra.d", uki_path)};
  if (plus != std::string_view::npos && (slash == std::string_view::npos || plus > slash)) {
    folders.push_back(std::format("{}.efi.extra.d", uki_path.substr(0, plus)));
  }
  for (const std::string& folder : folders) {
    ASTERISM_TRY(const auto entries, list_if_there(esp, folder));
    for (const efi::FatEntry& entry : entries) {
      for (const std::string_view suffix : extra_suffixes) {
        if (ends_with_ignoring_case(entry.name, suffix)) {
          return measured_extra(std::format("{}/{}", folder, entry.name), "PCR 4, 9, 12 or 13");
        }
      }
    }
  }
  return {};
}

Result<efi::FatVolume> open_esp(const ByteView& disk) {
  ASTERISM_TRY(const auto partitions, efi::read_gpt(disk));
  const efi::Partition* esp = nullptr;
  for (const efi::Partition& partition : partitions) {
    if (partition.type == efi::xbootldr_partition_type) {
      return fail(Errc::unsupported, "the disk has an extended boot loader partition at offset {:#x}",
                  partition.offset);
    }
    if (partition.type != efi::esp_partition_type) continue;
    if (esp) {
      return fail(Errc::unsupported, "the disk has two EFI system partitions, at offsets {:#x} and {:#x}", esp->offset,
                  partition.offset);
    }
    esp = &partition;
  }
  if (!esp) return fail(Errc::not_found, "the disk has no EFI system partition");
  ASTERISM_TRY(const auto volume, disk.sub(esp->offset, esp->size, "the EFI system partition"));
  return efi::FatVolume::open(volume);
}

Result<BootFile> read_file(const efi::FatVolume& esp, std::string path) {
  ASTERISM_TRY(auto content, esp.read(path));
  return BootFile{.path = std::move(path), .content = std::move(content)};
}

std::string os_release_of(const ByteView& file) {
  const auto image = efi::PeImage::parse(file);
  if (!image) return {};
  for (const efi::PeSection& section : image->sections()) {
    if (section.name == ".profile") break;
    if (section.name == ".osrel") return std::string{as_text(image->loaded_bytes(section))};
  }
  return {};
}

Result<std::string> choose_uki(const efi::FatVolume& esp) {
  std::string pattern;
  if (const auto conf = esp.read("loader/loader.conf"); conf) {
    if (conf->view().size() > loader_conf_bytes_max) return fail(Errc::unsupported, "loader.conf is over 1 MiB");
    pattern = loader_conf_value(as_text(conf->view().bytes()), "default");
  } else if (conf.error().code() != Errc::not_found) {
    return std::unexpected{conf.error()};
  }
  ASTERISM_TRY(const auto files, list_if_there(esp, uki_folder));
  std::vector<BootEntry> entries;
  for (const efi::FatEntry& file : files) {
    if (file.is_directory || !ends_with_ignoring_case(file.name, ".efi")) continue;
    ASTERISM_TRY(const auto content, esp.read(std::format("{}/{}", uki_folder, file.name)));
    if (auto entry = make_boot_entry(file.name, os_release_of(content.view()))) entries.push_back(*std::move(entry));
  }
  ASTERISM_TRY(auto chosen, choose_boot_entry(std::move(entries), pattern));
  return std::move(chosen.file_name);
}

bool has_kernel(const ByteView& file) {
  const auto image = efi::PeImage::parse(file);
  return image && std::ranges::contains(image->sections(), std::string{".linux"}, &efi::PeSection::name);
}

}  // namespace

bool looks_like_pe(const ByteView& file) {
  // A protective MBR never starts with "MZ"; the PE offset tells apart what does by chance.
  const auto magic = file.u16(0, "magic");
  const auto offset = file.u32(0x3c, "PE offset");
  if (!magic || *magic != 0x5a4d || !offset) return false;
  const auto signature = file.u32(*offset, "PE signature");
  return signature && *signature == 0x4550;
}

Result<BootFiles> find_boot_files(const ByteView& disk, const std::optional<std::string>& uki_name) {
  ASTERISM_TRY(const auto esp, open_esp(disk));
  ASTERISM_CHECK(refuse_global_extras(esp));
  ASTERISM_TRY(auto loader, read_file(esp, std::string{default_loader}));
  if (has_kernel(loader.content.view())) {
    if (uki_name) return fail(Errc::usage, "{} is a UKI itself: there is no choice by --uki", default_loader);
    ASTERISM_CHECK(refuse_own_extras(esp, loader.path));
    return BootFiles{.boot_loader = std::nullopt, .uki = std::move(loader)};
  }
  std::string name = uki_name.value_or("");
  if (!uki_name) {
    ASTERISM_TRY(name, choose_uki(esp));
  }
  ASTERISM_TRY(auto uki, read_file(esp, std::format("{}/{}", uki_folder, name)));
  ASTERISM_CHECK(refuse_own_extras(esp, uki.path));
  return BootFiles{.boot_loader = std::move(loader), .uki = std::move(uki)};
}

}  // namespace asterism::measured_boot
