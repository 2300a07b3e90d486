// SPDX-License-Identifier: Apache-2.0
#include "tpm_world.hpp"

#include <array>

namespace asterism::testing {
namespace {

using namespace attestation;

void append_be(Buffer& out, std::uint64_t value, std::size_t width) {
  for (std::size_t i = width; i > 0; --i)
    out.push_back(static_cast<std::byte>((value >> (8 * (i - 1))) & 0xff));
}

std::string base64url(Bytes bytes) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = (group << 8) | (k < left ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k <= left; ++k)
      out += alphabet[(group >> (18 - 6 * k)) & 0x3f];
  }
  return out;
}

}  // namespace

Digest pcr_value(unsigned index) {
  const std::array value{static_cast<std::byte>(index)};
  return sha256(value).value();
}

TpmWorld::TpmWorld() : ak{make_rsa_key()}, nonce(32, std::byte{0x99}) {
  policy.selection = {.bank = HashAlgorithm::sha256, .mask = (1U << 4) | (1U << 11)};
  policy.require_safe_clock = true;
  policy.reset_count = 3;
  policy.restart_count = 1;
  policy.firmware_versions = {0x1122334455667788};
  pcrs = {{4, pcr_value(4)}, {11, pcr_value(11)}};
  images = {{.name = "node 1", .pcrs = {{HashAlgorithm::sha256, {{4, {pcr_value(4)}}, {11, {pcr_value(11)}}}}}},
            {.name = "node 2", .pcrs = {{HashAlgorithm::sha256, {{4, {pcr_value(104)}}, {11, {pcr_value(111)}}}}}}};
}

Buffer TpmWorld::attest() const {
  Buffer out = from_hex("ff54434780180022000b").value();
  out.resize(out.size() + 32, std::byte{0x42});  // qualified signer
  append_be(out, nonce.size(), 2);
  append(out, nonce);
  append_be(out, 1000, 8);
  append_be(out, 3, 4);
  append_be(out, 1, 4);
  append_be(out, 1, 1);
  append_be(out, 0x1122334455667788, 8);
  append(out, from_hex("00000001000b03").value());
  std::uint32_t mask = 0;
  for (const auto& [index, value] : pcrs)
    mask |= 1U << index;
  append_le(out, mask, 3);
  Buffer values;
  for (const auto& [index, value] : pcrs)
    append(values, value.bytes());
  append_be(out, 32, 2);
  append(out, sha256(values).value().bytes());
  return out;
}

Buffer TpmWorld::sign(const Buffer& attest) const {
  const Buffer signature = sign_rsa(ak, HashAlgorithm::sha256, attest);
  Buffer out = from_hex("0014000b").value();
  append_be(out, signature.size(), 2);
  append(out, signature);
  return out;
}

std::string TpmWorld::runtime_data() const {
  return hcl_runtime_data(rsa_modulus(ak));
}

std::string hcl_runtime_data(Bytes modulus) {
  return std::format(R"({{"keys":[{{"kid":"HCLAkPub","key_ops":["sign"],"kty":"RSA","e":"AQAB","n":"{}"}},)"
                     R"({{"kid":"HCLEkPub","key_ops":["encrypt"],"kty":"RSA","e":"AQAB","n":"AQ"}}],)"
                     R"("vm-configuration":{{"secure-boot":true}},"user-data":"{}"}})",
                     base64url(modulus), std::string(128, '0'));
}

Verified<SnpFacts> report_for(SnpWorld world, Bytes runtime_data, unsigned vmpl) {
  const auto data = paravisor_report_data(runtime_data).value();
  world.expected.report_data = data;
  world.policy.vmpl = vmpl;
  Buffer report = SnpWorld::report();
  std::ranges::copy(data, report.begin() + 0x50);
  report[0x30] = static_cast<std::byte>(vmpl);
  return world.verify(world.sign(report)).value();
}

Result<Verified<TpmFacts>> TpmWorld::verify(const Buffer& attest, const Buffer& signature) const {
  static const SnpWorld hardware;
  const std::string data = runtime_data();
  const auto trusted = ParavisorAk::trust(report_for(hardware, as_bytes(data)), as_bytes(data)).value();
  const StaticReferenceValues references{images, {}, 0};
  return Verifier::verify_tpm({.attest = attest, .signature = signature, .pcrs = pcrs}, trusted, policy, references,
                              nonce);
}

}  // namespace asterism::testing
