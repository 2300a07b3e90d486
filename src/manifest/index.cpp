// SPDX-License-Identifier: Apache-2.0
#include "manifest/index.hpp"

#include <algorithm>

#include "common/version_compare.hpp"

namespace asterism::manifest {
namespace {

Result<> check_replacement(const PublishedVersion& old, const PublishedVersion& next) {
  if (old.build != next.build) {
    return fail(Errc::conflict, "version {} was published with other content; give the new build another version",
                next.name);
  }
  if (next.serial < old.serial) {
    return fail(Errc::conflict, "version {} was published with serial {}, and this is serial {}", next.name, old.serial,
                next.serial);
  }
  if (next.serial == old.serial && next.manifest.sha256 != old.manifest.sha256) {
    return fail(Errc::conflict, "version {} was published with serial {} and another statement; raise the serial",
                next.name, old.serial);
  }
  return {};
}

Result<> move_channel(Index& index, const std::string& channel, const IndexChange& change) {
  std::string& version = index.channels[channel];
  if (!version.empty() && compare_versions(change.version.name, version) < 0 && !change.allow_older) {
    return fail(Errc::conflict, "channel '{}' leads to {}, which is newer than {}", channel, version,
                change.version.name);
  }
  version = change.version.name;
  return {};
}

}  // namespace

Result<Digest> build_digest(const Manifest& manifest) {
  Manifest build = manifest;
  build.release.reset();
  return sha256(as_bytes(to_json(build).to_text()));
}

Result<Index> next_index(Index index, const IndexChange& change, Timestamp not_after) {
  const auto place = std::ranges::lower_bound(index.versions, change.version.name, {}, &PublishedVersion::name);
  if (place != index.versions.end() && place->name == change.version.name) {
    ASTERISM_CHECK(check_replacement(*place, change.version));
    *place = change.version;
  } else {
    index.versions.insert(place, change.version);
  }
  for (const std::string& channel : change.channels)
    ASTERISM_CHECK(move_channel(index, channel, change));
  for (const auto& [channel, version] : index.channels) {
    if (version == change.version.name && change.version.state == Lifecycle::revoked) {
      return fail(Errc::conflict, "channel '{}' would lead to {}, which is revoked; move the channel first", channel,
                  version);
    }
  }
  ++index.sequence;
  index.not_after = not_after;
  return index;
}

Result<Index> channel_index(const Index& index, std::string_view channel) {
  const auto found = index.channels.find(channel);
  if (found == index.channels.end()) return fail(Errc::not_found, "no channel '{}'", excerpt(channel));
  Index only = index;
  only.channels = {*found};
  std::erase_if(only.versions, [&](const PublishedVersion& version) { return version.name != found->second; });
  return only;
}

}  // namespace asterism::manifest
