// SPDX-License-Identifier: Apache-2.0
#include "join/registry.hpp"

#include <filesystem>

#include "common/base64.hpp"
#include "common/fs.hpp"
#include "common/json_decoder.hpp"
#include "join/fields.hpp"
#include "join/message.hpp"

namespace asterism::join {
namespace {

constexpr std::uint64_t member_bytes_max = 1U << 20;

Json texts(const std::vector<std::string>& list) {
  Json::Array array;
  for (const std::string& text : list)
    array.emplace_back(text);
  return array;
}

Result<std::vector<std::byte>> base64_field(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(const auto text, object.string(key));
  ASTERISM_TRY(auto bytes, from_base64(text), "{}", object.path_of(key));
  return bytes;
}

}  // namespace

Json Member::to_json() const {
  return Json::Object{{"name", name},
                      {"owner", owner},
                      {"images", texts(images)},
                      {"kinds", texts(kinds)},
                      {"firmware", firmware},
                      {"disk_uuid", disk_uuid},
                      {"joined", format_timestamp(joined)},
                      {"joins", joins},
                      {"ak_public", to_base64(ak_public)},
                      {"binding", to_hex(binding)},
                      {"evidence", to_base64(evidence)}};
}

Result<Member> Member::from_json(const Json& json, std::string path) {
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(json, std::move(path)));
  Member member;
  ASTERISM_TRY(member.name, object.string("name"));
  if (!is_node_name(member.name))
    return fail(Errc::corrupt, "{} is '{}'", object.path_of("name"), excerpt(member.name));
  ASTERISM_TRY(member.owner, object.string("owner"));
  ASTERISM_TRY(member.images, text_list(object, "images", 1024));
  ASTERISM_TRY(member.kinds, text_list(object, "kinds", 8));
  ASTERISM_TRY(member.firmware, object.string("firmware"));
  ASTERISM_TRY(member.disk_uuid, object.string("disk_uuid"));
  ASTERISM_TRY(const auto joined, object.string("joined"));
  ASTERISM_TRY(member.joined, parse_timestamp(joined), "{}", object.path_of("joined"));
  ASTERISM_TRY(member.joins, object.unsigned_integer("joins"));
  ASTERISM_TRY(member.ak_public, base64_field(object, "ak_public"));
  ASTERISM_TRY(const auto binding, object.string("binding"));
  ASTERISM_TRY(member.binding, from_hex(binding), "{}", object.path_of("binding"));
  ASTERISM_TRY(member.evidence, base64_field(object, "evidence"));
  ASTERISM_CHECK(object.finish());
  return member;
}

Result<Registry> Registry::open(const std::string& state_folder) {
  Registry registry{state_folder + "/members"};
  std::error_code failure;
  std::filesystem::create_directories(registry.folder_, failure);
  std::filesystem::permissions(registry.folder_, std::filesystem::perms::owner_all, failure);
  if (failure) return std::unexpected{Error::from_errno(failure.value(), std::format("making '{}'", registry.folder_))};
  for (auto at = std::filesystem::directory_iterator{registry.folder_, failure};
       !failure && at != std::filesystem::directory_iterator{}; at.increment(failure)) {
    if (at->path().extension() != ".json") continue;
    const std::string path = at->path().string();
    ASTERISM_TRY(const auto text, read_text_file(path, member_bytes_max));
    ASTERISM_TRY(const auto json, parse_json(text), "'{}'", path);
    ASTERISM_TRY(auto member, Member::from_json(json, "$"), "'{}'", path);
    if (!member.disk_uuid.empty()) registry.disks_.insert_or_assign(member.disk_uuid, member.name);
    registry.members_.insert_or_assign(member.name, std::move(member));
  }
  if (failure)
    return std::unexpected{Error::from_errno(failure.value(), std::format("reading '{}'", registry.folder_))};
  return registry;
}

const Member* Registry::find(std::string_view name) const {
  const auto found = members_.find(name);
  return found == members_.end() ? nullptr : &found->second;
}

Result<> Registry::check_disk(std::string_view uuid, std::string_view name) const {
  const auto found = disks_.find(uuid);
  if (uuid.empty() || found == disks_.end() || found->second == name) return {};
  return fail(Errc::unverified, "disk {} belongs to '{}'", uuid, found->second);
}

Result<> Registry::put(Member member) {
  ASTERISM_CHECK(check_disk(member.disk_uuid, member.name));
  if (const Member* const known = find(member.name); known && member.disk_uuid.empty())
    member.disk_uuid = known->disk_uuid;
  const std::string path = std::format("{}/{}.json", folder_, member.name);
  ASTERISM_CHECK(write_file_atomically(path, as_bytes(member.to_json().to_text()), 0600));
  if (!member.disk_uuid.empty()) disks_.insert_or_assign(member.disk_uuid, member.name);
  members_.insert_or_assign(member.name, std::move(member));
  return {};
}

}  // namespace asterism::join
