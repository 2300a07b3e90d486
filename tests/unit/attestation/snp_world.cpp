// SPDX-License-Identifier: Apache-2.0
#include "snp_world.hpp"

namespace asterism::testing {
namespace {

using namespace attestation;

constexpr const char* amd = "1.3.6.1.4.1.3704.1.";

template <std::size_t Size>
FixedBytes<Size> filled(unsigned value) {
  FixedBytes<Size> bytes;
  bytes.fill(static_cast<std::byte>(value));
  return bytes;
}

Buffer repeated(unsigned value, std::size_t size) {
  return Buffer(size, static_cast<std::byte>(value));
}

Issued make_ark() {
  return issue({.common_name = "ARK-Test", .ca = true, .pss = true}, make_rsa_key());
}

Issued make_ask(const Issued& ark, const char* name, std::uint32_t serial) {
  return issue({.common_name = name, .issuer = &ark, .ca = true, .pss = true, .serial = serial}, make_rsa_key());
}

}  // namespace

SnpWorld::SnpWorld()
    : ark{make_ark()},
      ask{make_ask(ark, "SEV-Test", ask_serial)},
      asvk{make_ask(ark, "SEV-VLEK-Test", ask_serial + 1)},
      chip_key{make_ec_key("P-384")},
      roots{{{SnpProduct::milan, {ark.certificate, ask.certificate, asvk.certificate, std::nullopt}},
             {SnpProduct::turin, {ark.certificate, ask.certificate, asvk.certificate, std::nullopt}}}} {
  const auto add = [&](const char* suffix, Buffer value) { extensions.push_back({amd + std::string{suffix}, value}); };
  const Bytes name = as_bytes("Milan-B0");
  add("1", der_byte(0));
  add("2", der(0x16, name));
  add("3.1", der_byte(4));
  add("3.2", der_byte(1));
  add("3.3", der_byte(22));
  add("3.8", der_byte(213));
  add("4", repeated(0x77, 64));
  leaf = {.common_name = "SEV-VCEK", .pss = true};
  policy = {.products = {SnpProduct::milan, SnpProduct::turin},
            .guest_svn_min = 7,
            .require_single_socket = true,
            .platform_required = SnpPlatform::alias_check,
            .firmware_min = {.major = 1, .minor = 55, .build = 21},
            .family_id = filled<16>(0x11),
            .image_id = filled<16>(0x22),
            .id_keys = {filled<48>(0x44)},
            .author_keys = {filled<48>(0x55)},
            .chip_ids = {filled<64>(0x77)}};
  const SnpTcb floor{.bootloader = 4, .tee = 1, .snp = 22, .microcode = 213};
  floors = {{SnpProduct::milan, floor}, {SnpProduct::turin, floor}};
  const auto digest = [](unsigned value) {
    return Digest::from_bytes(HashAlgorithm::sha384, repeated(value, 48)).value();
  };
  images = {{.name = "node 1", .snp_measurements = {digest(0xa5)}, .td_registers = {}, .pcrs = {}},
            {.name = "node 2", .snp_measurements = {digest(0xa6), digest(0xa7)}, .td_registers = {}, .pcrs = {}}};
  expected = {.report_data = filled<64>(0x5a), .host_data = filled<32>(0x33)};
}

Buffer SnpWorld::report() {
  Buffer out(SnpReport::size_bytes);
  const auto put = [&](std::size_t offset, const Buffer& bytes) {
    std::ranges::copy(bytes, out.begin() + static_cast<std::ptrdiff_t>(offset));
  };
  const Buffer tcb = from_hex("04010000000016d5").value();
  put(0x000, from_hex("03000000"
                      "07000000"
                      "0000120000000000")
                 .value());  // policy: single socket, reserved bit 17
  put(0x010, repeated(0x11, 16));
  put(0x020, repeated(0x22, 16));
  put(0x034, from_hex("01000000").value());
  put(0x038, tcb);
  put(0x040, from_hex("2400000000000000"
                      "01000000")
                 .value());  // ECC, alias check; author key
  put(0x050, repeated(0x5a, 64));
  put(0x090, repeated(0xa5, 48));
  put(0x0c0, repeated(0x33, 32));
  put(0x0e0, repeated(0x44, 48));
  put(0x110, repeated(0x55, 48));
  put(0x140, repeated(0x66, 32));
  put(0x160, repeated(0xff, 32));
  put(0x180, tcb);
  put(0x188, from_hex("190101").value());
  put(0x1a0, repeated(0x77, 64));
  put(0x1e0, tcb);
  put(0x1e8, from_hex("15370100"
                      "15370100")
                 .value());
  put(0x1f0, tcb);
  return out;
}

Buffer SnpWorld::sign(Buffer report) const {
  auto [r, s] = sign_ecdsa(chip_key, HashAlgorithm::sha384, Bytes{report}.first(SnpReport::signed_bytes), 72);
  std::ranges::reverse_copy(r, report.begin() + 0x2a0);
  std::ranges::reverse_copy(s, report.begin() + 0x2e8);
  return report;
}

Buffer SnpWorld::certificate() const {
  CertificateSpec spec = leaf;
  if (!spec.issuer) spec.issuer = spec.common_name == "SEV-VLEK" ? &asvk : &ask;
  spec.extensions = extensions;
  return issue(spec, chip_key).certificate.der().value();
}

Result<Verified<SnpFacts>> SnpWorld::verify(const Buffer& signed_report) const {
  const StaticReferenceValues references{images, floors, 0};
  const Buffer der = certificate();
  return Verifier::verify_snp({.report = signed_report, .key_certificate = der}, roots, policy, references, expected,
                              now);
}

Extension& SnpWorld::extension(const std::string& suffix) {
  for (Extension& candidate : extensions) {
    if (candidate.oid == amd + suffix) return candidate;
  }
  return extensions.emplace_back(amd + suffix, Buffer{});
}

}  // namespace asterism::testing
