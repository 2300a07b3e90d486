// SPDX-License-Identifier: Apache-2.0
#include "manifest/release.hpp"

#include "common/bytes.hpp"
#include "common/version_compare.hpp"
#include "manifest/decode.hpp"

namespace asterism::manifest {
namespace {

constexpr Lifecycle lifecycles[] = {Lifecycle::candidate, Lifecycle::stable, Lifecycle::deprecated, Lifecycle::revoked};

}  // namespace

std::string_view to_string(Lifecycle state) noexcept {
  switch (state) {
    case Lifecycle::candidate:
      return "candidate";
    case Lifecycle::stable:
      return "stable";
    case Lifecycle::deprecated:
      return "deprecated";
    case Lifecycle::revoked:
      return "revoked";
  }
  return "revoked";
}

Result<Lifecycle> parse_lifecycle(std::string_view word) {
  for (const Lifecycle state : lifecycles) {
    if (to_string(state) == word) return state;
  }
  return fail(Errc::usage, "'{}' is no lifecycle state (candidate, stable, deprecated, revoked)", excerpt(word));
}

Json to_json(const Release& release) {
  return Json::Object{{"state", to_string(release.state)},
                      {"floor", release.floor},
                      {"not_before", format_timestamp(release.not_before)},
                      {"not_after", format_timestamp(release.not_after)},
                      {"serial", release.serial}};
}

Result<Release> decode_release(JsonObjectDecoder object, std::string_view version) {
  Release release;
  ASTERISM_TRY(const auto word, object.string("state"));
  const auto state = parse_lifecycle(word);
  if (!state) return fail(Errc::corrupt, "{}: {}", object.path_of("state"), state.error().message());
  release.state = *state;
  ASTERISM_TRY(release.floor, decode_name(object, "floor"));
  ASTERISM_TRY(release.not_before, decode_time(object, "not_before"));
  ASTERISM_TRY(release.not_after, decode_time(object, "not_after"));
  ASTERISM_TRY(release.serial, object.unsigned_integer("serial"));
  ASTERISM_CHECK(object.finish());
  if (release.serial == 0) return fail(Errc::corrupt, "{}: serials start at 1", object.path_of("serial"));
  if (release.not_after <= release.not_before) {
    return fail(Errc::corrupt, "{}: is not later than not_before", object.path_of("not_after"));
  }
  if (compare_versions(release.floor, version) > 0) {
    return fail(Errc::corrupt, "{}: {} is above the version, {}", object.path_of("floor"), release.floor, version);
  }
  return release;
}

}  // namespace asterism::manifest
