// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <thread>

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "common/fs.hpp"
#include "common/mapped_file.hpp"
#include "crypto/policy_signer.hpp"
#include "measured-boot/app/commands.hpp"
#include "measured-boot/policy_signing.hpp"
#include "measured-boot/uki.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::uint64_t public_key_bytes_max = 8192;

struct Arguments {
  std::string image;
  std::string uki;
  std::string key;
  std::string public_key;
  std::string output;
  std::vector<std::string> phases;
  std::vector<std::string> banks;
  std::uint64_t security_version = 0;
  std::uint64_t floor = 0;
};

Result<BootFiles> find_files(const Arguments& arguments, const ByteView& image) {
  if (!looks_like_pe(image)) {
    return find_boot_files(image, arguments.uki.empty() ? std::optional<std::string>{} : arguments.uki);
  }
  if (!arguments.uki.empty()) return fail(Errc::usage, "--uki chooses inside a disk image, and this is a UKI file");
  return BootFiles{.boot_loader = std::nullopt, .uki = {.path = arguments.image, .content = efi::FatFile{image}}};
}

/// The image names the key that its users will check signatures with; another key's would be useless there.
Result<> check_key_of_image(const BootFiles& files, const tpm::PublicKey& key) {
  ASTERISM_TRY(const auto uki, Uki::parse(files.uki.content.view()), "'{}'", printable(files.uki.path));
  ASTERISM_TRY(const auto sections, uki.sections(0));
  const UkiSection* section = find_section(sections, ".pcrpkey");
  if (!section) {
    return std::unexpected{
        Error{Errc::conflict, "the image has no section .pcrpkey, which is measured and so has to be there first"}
            .advise("build the UKI with ukify --pcrpkey, then sign, then add .pcrsig")};
  }
  ASTERISM_TRY(const auto present, tpm::PublicKey::from_pem(as_text(section->content.data)), "section .pcrpkey");
  if (present == key) return {};
  return fail(Errc::unverified, "the key is {}, and the image's section .pcrpkey names {}", key.fingerprint().hex(),
              present.fingerprint().hex());
}

Result<PolicyRequest> make_request(const Arguments& arguments) {
  PolicyRequest request;
  if (!arguments.phases.empty()) request.phases.clear();
  for (const std::string& phase : arguments.phases) {
    ASTERISM_TRY(request.phases.emplace_back(), parse_phase_path(phase), "--phase");
  }
  if (!arguments.banks.empty()) request.banks.clear();
  for (const std::string& bank : arguments.banks) {
    ASTERISM_TRY(request.banks.emplace_back(), parse_hash_algorithm(bank), "--bank");
  }
  if (arguments.security_version != 0) {
    request.versions =
        PolicyRequest::Versions{.security_version = arguments.security_version,
                                .floor = arguments.floor == 0 ? arguments.security_version : arguments.floor};
  } else if (arguments.floor != 0) {
    return fail(Errc::usage, "--floor needs --security-version");
  }
  return request;
}

Result<> sign_policy_command(const Arguments& arguments) {
  ASTERISM_TRY(const auto request, make_request(arguments));
  ASTERISM_TRY(const auto signer, crypto::PolicySigner::load(arguments.key));
  ASTERISM_TRY(const auto key, tpm::PublicKey::from_pem(signer.public_pem()), "policy key");
  if (!arguments.public_key.empty()) {
    ASTERISM_TRY(const auto pem, read_text_file(arguments.public_key, public_key_bytes_max));
    ASTERISM_TRY(const auto given, tpm::PublicKey::from_pem(pem), "'{}'", printable(arguments.public_key));
    if (given != key) return fail(Errc::unverified, "--public-key is not the public part of --key");
  }
  ASTERISM_TRY(const auto image, MappedFile::open(arguments.image));
  ASTERISM_TRY(const auto files, find_files(arguments, ByteView{image.bytes()}), "'{}'", printable(arguments.image));
  ASTERISM_CHECK(check_key_of_image(files, key));
  PredictOptions options;
  options.states = {SecureBoot::on};
  options.threads = std::thread::hardware_concurrency();
  ASTERISM_TRY(const auto measurements, predict(files, options));
  ASTERISM_TRY(const auto document,
               sign_policies(
                   measurements.predictions.front(), key,
                   [&](Bytes message, HashAlgorithm algorithm) { return signer.sign(message, algorithm); }, request));
  const std::string text = tpm::to_json(document).to_text();
  if (arguments.output.empty()) return print_out(text);
  return write_file_atomically(arguments.output, as_bytes(text));
}

}  // namespace

Command add_sign_policy(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& verb = *app.add_subcommand("sign-policy", "Sign what an image will measure, for its section .pcrsig.");
  verb.add_option("image", arguments->image, "UKI (.efi) that is complete but for .pcrsig, or a raw disk image")
      ->required();
  verb.add_option("--key", arguments->key, "private key: PEM file, PKCS#11 URI, or file with a PKCS#11 URI")
      ->required();
  verb.add_option("--public-key", arguments->public_key, "check that this is the key's public part (PEM)");
  verb.add_option("--uki", arguments->uki, "UKI below EFI/Linux of the disk image");
  verb.add_option("--phase", arguments->phases,
                  "phases that systemd's signatures are for, e.g. enter-initrd:leave-initrd; default: all four");
  verb.add_option("--bank", arguments->banks, "sha256 or sha384; default: both");
  verb.add_option("--security-version", arguments->security_version,
                  "also sign for the state disk, as an image of this security version (1 to 4096)");
  verb.add_option("--floor", arguments->floor,
                  "lowest security version that may open the disk once this image is good; default: its own");
  verb.add_option("--output", arguments->output, "file to write; default: standard output");
  verb.footer(
      "The section .pcrpkey has to be in the image already. Signatures are not measured into PCR 11, so adding\n"
      "them leaves it valid; PCR 9 and the image's digest change, so predict and sign for Secure Boot afterwards.");
  return [arguments] { return sign_policy_command(*arguments); };
}

}  // namespace asterism::measured_boot
