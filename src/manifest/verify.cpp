// SPDX-License-Identifier: Apache-2.0
#include "manifest/verify.hpp"

#include "common/version_compare.hpp"
#include "manifest/dsse.hpp"

namespace asterism::manifest {
namespace {

Result<> check_time(const Release& release, Timestamp now) {
  if (now < release.not_before) {
    return fail(Errc::unverified, "it holds from {} on, and it is {}", format_timestamp(release.not_before),
                format_timestamp(now));
  }
  if (now > release.not_after) {
    return std::unexpected{
        Error{Errc::unverified,
              std::format("it expired at {}, and it is {}", format_timestamp(release.not_after), format_timestamp(now))}
            .advise("get a newer statement about this version, or a newer version")};
  }
  return {};
}

Result<> check_state(const Release& release, bool allow_candidate) {
  if (release.state == Lifecycle::revoked) {
    return std::unexpected{Error{Errc::unverified, "the version is revoked"}.advise(
        "install a version that is not; this one must not run")};
  }
  if (release.state == Lifecycle::candidate && !allow_candidate) {
    return fail(Errc::unverified, "the version is a candidate, and candidates were not asked for");
  }
  return {};
}

Result<> check_demands(const Manifest& manifest, const ManifestDemands& demands) {
  if (!manifest.release) {
    return std::unexpected{Error{Errc::unverified, "it has no 'release': it is a build that nobody released"}.advise(
        "release and sign it: measured-boot release, measured-boot sign")};
  }
  ASTERISM_CHECK(check_time(*manifest.release, demands.now));
  ASTERISM_CHECK(check_state(*manifest.release, demands.allow_candidate));
  if (demands.floor && compare_versions(manifest.version, *demands.floor) < 0) {
    return fail(Errc::unverified, "version {} is below the floor, {}", manifest.version, excerpt(*demands.floor));
  }
  if (manifest.release->serial < demands.serial_min) {
    return fail(Errc::unverified, "serial {} is older than {}, which was seen before", manifest.release->serial,
                demands.serial_min);
  }
  return {};
}

}  // namespace

Result<Verified<Manifest>> verify(std::string_view text, std::span<const Signature> signatures,
                                  const TrustPolicy& policy, const ManifestDemands& demands) {
  ASTERISM_TRY(auto signers, policy.check(as_bytes(text), signatures), "manifest");
  ASTERISM_TRY(auto manifest, parse_manifest(text));
  ASTERISM_CHECK(check_demands(manifest, demands), "manifest of {} {}", manifest.name, manifest.version);
  return Verified<Manifest>{std::move(manifest), std::move(signers)};
}

Result<Verified<Index>> verify_index(std::string_view text, const TrustPolicy& policy, const IndexDemands& demands) {
  ASTERISM_TRY(auto opened, open_envelope(text, Index::payload_type, policy), "index");
  ASTERISM_TRY(auto index, parse_index(as_text(opened.payload)));
  if (demands.now > index.not_after) {
    return std::unexpected{
        Error{Errc::unverified, std::format("the index expired at {}, and it is {}", format_timestamp(index.not_after),
                                            format_timestamp(demands.now))}
            .advise("get a newer one; if there is none, the publisher has to publish again")};
  }
  if (index.sequence < demands.sequence_min) {
    return fail(Errc::unverified, "the index has sequence {}, and {} was seen before", index.sequence,
                demands.sequence_min);
  }
  return Verified<Index>{std::move(index), std::move(opened.signers)};
}

}  // namespace asterism::manifest
