// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/stub_model.hpp"

#include <array>
#include <charconv>
#include <optional>

namespace asterism::measured_boot {
namespace {

constexpr SectionRule sections_252[] = {{".linux"},  {".osrel"}, {".cmdline"},       {".initrd"},
                                        {".splash"}, {".dtb"},   {".pcrsig", false}, {".pcrpkey"}};
constexpr SectionRule sections_254[] = {{".linux"}, {".osrel"}, {".cmdline"}, {".initrd"},        {".splash"},
                                        {".dtb"},   {".uname"}, {".sbat"},    {".pcrsig", false}, {".pcrpkey"}};
constexpr SectionRule sections_256[] = {{".linux"}, {".osrel"},         {".cmdline"}, {".initrd"},
                                        {".ucode"}, {".splash"},        {".dtb"},     {".uname"},
                                        {".sbat"},  {".pcrsig", false}, {".pcrpkey"}};
constexpr SectionRule sections_257[] = {{".linux"},   {".osrel"},   {".cmdline"}, {".initrd"}, {".ucode"},
                                        {".splash"},  {".dtb"},     {".uname"},   {".sbat"},   {".pcrsig", false},
                                        {".pcrpkey"}, {".profile"}, {".dtbauto"}, {".hwids"}};
constexpr SectionRule sections_258[] = {{".linux"},   {".osrel"},   {".cmdline"}, {".initrd"}, {".ucode"},
                                        {".splash"},  {".dtb"},     {".uname"},   {".sbat"},   {".pcrsig", false},
                                        {".pcrpkey"}, {".profile"}, {".dtbauto"}, {".hwids"},  {".efifw"}};

constexpr ExtraFile extras_252[] = {{".pcrsig", "tpm2-pcr-signature.json"}, {".pcrpkey", "tpm2-pcr-public-key.pem"}};
constexpr ExtraFile extras_257[] = {{".pcrsig", "tpm2-pcr-signature.json"},
                                    {".pcrpkey", "tpm2-pcr-public-key.pem"},
                                    {".osrel", "os-release"},
                                    {".profile", "profile"}};

constexpr auto by_load_image = InnerKernel::measured_without_secure_boot;
constexpr StubModel models[] = {
    {252, 253, sections_252, extras_252, by_load_image, false, false, false},
    {254, 255, sections_254, extras_252, by_load_image, false, false, false},
    {256, 256, sections_256, extras_252, by_load_image, false, false, false},
    {257, 257, sections_257, extras_257, by_load_image, true, false, false},
    {258, 258, sections_258, extras_257, InnerKernel::never, true, false, false},
    {259, 260, sections_258, extras_257, InnerKernel::never, true, false, true},
    {261, 262, sections_258, extras_257, InnerKernel::never, true, true, true, true},
};

constexpr std::string_view magic_end = " ####";

constexpr std::size_t version_bytes_max = 64;

std::optional<StubVersion> version_from(std::string_view text) {
  if (text.size() > version_bytes_max || printable(text) != text) return std::nullopt;
  StubVersion version{.major = 0, .text = std::string{text}};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), version.major);
  return parsed.ec == std::errc{} ? std::optional{std::move(version)} : std::nullopt;
}

std::optional<std::string_view> section_text(const efi::PeImage& image, std::string_view name) {
  for (const efi::PeSection& section : image.sections()) {
    if (section.name == name) return as_text(image.loaded_bytes(section));
  }
  return std::nullopt;
}

std::optional<StubVersion> version_from_magic(const efi::PeImage& image, std::string_view magic_start) {
  auto magic = section_text(image, ".sdmagic");
  if (!magic) return std::nullopt;
  std::string_view text = magic->substr(0, magic->find('\0'));
  if (!text.starts_with(magic_start)) return std::nullopt;
  // One after the other: the start's last space may be the end's first.
  text.remove_prefix(magic_start.size());
  if (!text.ends_with(magic_end)) return std::nullopt;
  text.remove_suffix(magic_end.size());
  return version_from(text);
}

/// Field 5 of the line that starts with "<component>,": component,generation,vendor,package,version,url
std::optional<StubVersion> version_from_sbat(const efi::PeImage& image, std::string_view component) {
  const auto sbat = section_text(image, ".sbat");
  if (!sbat) return std::nullopt;
  constexpr int commas_before_version = 4;
  for (std::size_t at = 0; at < sbat->size();) {
    const auto end = std::min(sbat->find('\n', at), sbat->size());
    std::string_view line = sbat->substr(at, end - at);
    at = end + 1;
    if (!line.starts_with(component)) continue;
    for (int i = 0; i < commas_before_version; ++i)
      line.remove_prefix(std::min(line.find(',') + 1, line.size()));
    return version_from(line.substr(0, line.find(',')));
  }
  return std::nullopt;
}

Result<StubVersion> read_version(const efi::PeImage& image, std::string_view magic_start, std::string_view component,
                                 std::string_view program) {
  if (auto version = version_from_magic(image, magic_start)) return *std::move(version);
  if (auto version = version_from_sbat(image, component)) return *std::move(version);
  return fail(Errc::unsupported, "the image does not say that it is a {} (no such text in .sdmagic or .sbat)", program);
}

}  // namespace

Result<const StubModel*> find_stub_model(unsigned version) {
  for (const StubModel& model : models) {
    if (version >= model.first && version <= model.last) return &model;
  }
  return fail(Errc::unsupported, "what systemd-stub {} measures is not known (known: {} to {})", version,
              models[0].first, models[std::size(models) - 1].last);
}

std::span<const StubModel> stub_models() noexcept {
  return models;
}

Result<StubVersion> read_stub_version(const efi::PeImage& image) {
  return read_version(image, "#### LoaderInfo: systemd-stub ", "systemd-stub,", "systemd-stub image");
}

Result<StubVersion> read_boot_loader_version(const efi::PeImage& image) {
  return read_version(image, "#### LoaderInfo: systemd-boot ", "systemd-boot,", "systemd-boot");
}

}  // namespace asterism::measured_boot
