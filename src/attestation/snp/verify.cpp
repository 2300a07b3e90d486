// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "attestation/verifier.hpp"

namespace asterism::attestation {
namespace {

template <class... Args>
std::unexpected<Error> refuse(std::string_view field, std::format_string<Args...> why, Args&&... args) {
  return fail(Errc::unverified, "{}: {}", field, std::format(why, std::forward<Args>(args)...));
}

/// r and s lie in the report with the least byte first.
std::vector<std::byte> big_endian(Bytes number) {
  return {number.rbegin(), number.rend()};
}

Result<> check_signature(const Bytes report, const SnpReport& parsed, const Certificate& leaf) {
  ASTERISM_TRY(const auto key, leaf.public_key(), "certificate key");
  if (key.kind() != KeyKind::ec_p384) return refuse("certificate key", "not one of P-384");
  ASTERISM_CHECK(key.verify_ecdsa(HashAlgorithm::sha384, report.first(SnpReport::signed_bytes),
                                  big_endian(parsed.signature_r), big_endian(parsed.signature_s)),
                 "signature");
  return {};
}

/// What the certificate says about the key has to be what the report says about the chip.
Result<> check_certificate(const SnpReport& report, const SnpKeyFacts& facts) {
  if (report.signing_key != facts.key) {
    return refuse("key_info.signing_key", "{}, but the certificate is of a {}", to_string(report.signing_key),
                  to_string(facts.key));
  }
  if (report.product && *report.product != facts.product) {
    return refuse("cpuid", "{}, but the certificate is of {}", to_string(*report.product), to_string(facts.product));
  }
  if (!report.product && facts.product == SnpProduct::turin) {
    return refuse("version", "Turin has no reports of version {}", report.version);
  }
  if (const auto part = part_that_differs(report.reported_tcb, facts.tcb); !part.empty()) {
    return refuse("reported_tcb", "{} differs: report {}; certificate {}", part, to_string(report.reported_tcb),
                  to_string(facts.tcb));
  }
  if (facts.key == SnpSigningKey::vcek) {
    const Bytes chip{report.chip_id};
    if (!same_bytes(chip.first(facts.hwid.size()), facts.hwid) || !all_zero(chip.subspan(facts.hwid.size()))) {
      return refuse("chip_id", "not the chip that the certificate names");
    }
  }
  return {};
}

Result<> check_floor(const SnpReport& report, SnpProduct product, const ReferenceValues& references) {
  const auto floor = references.snp_floor(product);
  if (!floor) return refuse("product", "no TCB floor is set for {}", to_string(product));
  const struct {
    std::string_view name;
    const SnpTcb& tcb;
  } rows[] = {{"reported_tcb", report.reported_tcb},
              {"committed_tcb", report.committed_tcb},
              {"current_tcb", report.current_tcb},
              {"launch_tcb", report.launch_tcb}};
  for (const auto& row : rows) {
    if (const auto part = part_below(row.tcb, *floor); !part.empty()) {
      return refuse(row.name, "{} is below the floor: {}; at least {}", part, to_string(row.tcb), to_string(*floor));
    }
  }
  return {};
}

Result<> check_guest_policy(const SnpReport& report, const SnpPolicy& policy) {
  if (report.policy.debug && !policy.allow_debug) return refuse("policy.debug", "the host may debug the guest");
  if (report.policy.migration_agent && !policy.allow_migration_agent) {
    return refuse("policy.migration_agent", "the guest may be migrated by an agent");
  }
  if (!all_zero(report.report_id_ma) && !policy.allow_migration_agent &&
      !std::ranges::all_of(report.report_id_ma, [](std::byte b) { return b == std::byte{0xff}; })) {
    return refuse("report_id_ma", "the guest has a migration agent");
  }
  if (report.policy.smt && !policy.allow_smt) return refuse("policy.smt", "the guest may run with SMT on");
  if (!policy.allow_smt && (report.platform_info & SnpPlatform::smt) != 0) {
    return refuse("platform_info.smt", "SMT is on");
  }
  if (policy.require_single_socket && !report.policy.single_socket) {
    return refuse("policy.single_socket", "the guest may run on several sockets");
  }
  return {};
}

Result<> check_platform(const SnpReport& report, const SnpPolicy& policy) {
  if (report.chip_key_masked) return refuse("key_info.mask_chip_key", "the chip's key is masked");
  if (report.signing_key == SnpSigningKey::vlek && !policy.allow_vlek) {
    return refuse("key_info.signing_key", "VLEKs are not allowed");
  }
  if ((report.platform_info & policy.platform_required) != policy.platform_required) {
    return refuse("platform_info", "{:#x} lacks some of {:#x}", report.platform_info, policy.platform_required);
  }
  if (report.committed_firmware < policy.firmware_min) {
    return refuse("committed_version", "{}.{} build {} is below the floor", report.committed_firmware.major,
                  report.committed_firmware.minor, report.committed_firmware.build);
  }
  if (report.current_firmware < policy.firmware_min) {
    return refuse("current_version", "{}.{} build {} is below the floor", report.current_firmware.major,
                  report.current_firmware.minor, report.current_firmware.build);
  }
  for (const auto& [name, value] : {std::pair{"launch_mitigation_vector", report.launch_mitigations},
                                    std::pair{"current_mitigation_vector", report.current_mitigations}}) {
    if ((value & policy.mitigations_required) != policy.mitigations_required) {
      return refuse(name, "{:#x} lacks some of {:#x}", value, policy.mitigations_required);
    }
  }
  if (!policy.chip_ids.empty() && !std::ranges::contains(policy.chip_ids, report.chip_id)) {
    return refuse("chip_id", "not one of the allowed chips");
  }
  return {};
}

Result<> check_identity(const SnpReport& report, const SnpPolicy& policy, const SnpExpectation& expected) {
  if (report.vmpl != policy.vmpl) return refuse("vmpl", "{} instead of {}", report.vmpl, policy.vmpl);
  if (report.guest_svn < policy.guest_svn_min) {
    return refuse("guest_svn", "{} is below {}", report.guest_svn, policy.guest_svn_min);
  }
  if (policy.family_id && report.family_id != *policy.family_id) return refuse("family_id", "not the expected one");
  if (policy.image_id && report.image_id != *policy.image_id) return refuse("image_id", "not the expected one");
  if (!policy.id_keys.empty() && !std::ranges::contains(policy.id_keys, report.id_key_digest)) {
    return refuse("id_key_digest", "not one of the allowed keys");
  }
  if (!policy.author_keys.empty() &&
      (!report.author_key_enabled || !std::ranges::contains(policy.author_keys, report.author_key_digest))) {
    return refuse("author_key_digest", "not one of the allowed keys");
  }
  if (!same_bytes(report.report_data, expected.report_data)) return refuse("report_data", "not what was asked for");
  if (expected.host_data && !same_bytes(report.host_data, *expected.host_data)) {
    return refuse("host_data", "not what was asked for");
  }
  return {};
}

Result<ImageNames> matching_images(const SnpReport& report, const SnpPolicy& policy,
                                   const ReferenceValues& references) {
  ImageNames names;
  if (!policy.measurement_from_images && policy.id_keys.empty()) {
    return refuse("id_key_digest", "the policy names neither images nor keys that may sign them");
  }
  for (const ImageReference& image : references.images()) {
    const bool fits =
        !policy.measurement_from_images || std::ranges::any_of(image.snp_measurements, [&](const Digest& digest) {
          return digest.algorithm() == HashAlgorithm::sha384 && std::ranges::equal(digest.bytes(), report.measurement);
        });
    if (fits) names.insert(image.name);
  }
  if (names.empty()) {
    return refuse("measurement", "{} is of no image that is valid now", to_hex(report.measurement));
  }
  return names;
}

Result<SnpFacts> authenticate(const SnpEvidence& evidence, const SnpRoots& roots, const SnpPolicy& policy, Time time) {
  ASTERISM_TRY(auto leaf, Certificate::from_der(evidence.key_certificate), "key certificate");
  ASTERISM_TRY(auto facts, read_snp_key_certificate(leaf), "key certificate");
  if (!policy.products.contains(facts.product)) return refuse("product", "{} is not allowed", to_string(facts.product));
  ASTERISM_TRY(const auto* product_roots, roots.of(facts.product), "key certificate");
  ASTERISM_CHECK(verify_snp_chain(leaf, facts.key, *product_roots, time), "key certificate");
  ASTERISM_TRY(auto report, parse_snp_report(evidence.report));
  ASTERISM_CHECK(check_certificate(report, facts), "SNP report");
  ASTERISM_CHECK(check_signature(evidence.report, report, leaf), "SNP report");
  return SnpFacts{.report = report, .product = facts.product, .csp_id = std::move(facts.csp_id)};
}

}  // namespace

Result<Verified<SnpFacts>> Verifier::verify_snp(const SnpEvidence& evidence, const SnpRoots& roots,
                                                const SnpPolicy& policy, const ReferenceValues& references,
                                                const SnpExpectation& expected, Time time) {
  ASTERISM_TRY(auto facts, authenticate(evidence, roots, policy, time));
  ASTERISM_CHECK(check_platform(facts.report, policy), "SNP report");
  ASTERISM_CHECK(check_floor(facts.report, facts.product, references), "SNP report");
  ASTERISM_CHECK(check_guest_policy(facts.report, policy), "SNP report");
  ASTERISM_CHECK(check_identity(facts.report, policy, expected), "SNP report");
  ASTERISM_TRY(auto images, matching_images(facts.report, policy, references), "SNP report");
  return Verified<SnpFacts>{std::move(facts), std::move(images)};
}

}  // namespace asterism::attestation
