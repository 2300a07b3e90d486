// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/timestamp.hpp"

namespace asterism::join {

/// A node that joined, with what it proved then.
struct Member {
  std::string name;
  std::string owner;                ///< identity that the name belongs to
  std::vector<std::string> images;  ///< that its evidence fits
  std::vector<std::string> kinds;   ///< of evidence
  std::string firmware;
  std::string disk_uuid;  ///< or empty
  Timestamp joined{};
  std::uint64_t joins = 0;           ///< how often
  std::vector<std::byte> ak_public;  ///< TPMT_PUBLIC of the key that quoted; empty without a TPM
  std::vector<std::byte> binding;    ///< what the evidence carries
  std::vector<std::byte> evidence;   ///< as it came

  [[nodiscard]] Json to_json() const;
  /// @errors `corrupt`, `unverified` with the field's path.
  [[nodiscard]] static Result<Member> from_json(const Json& json, std::string path);
};

/// Members in the state directory: members/<name>.json, one file each, replaced atomically. A disk belongs to the
/// member that named it first.
class Registry {
 public:
  /// Reads what is there. @errors `io`; `corrupt` for a file that is none of ours.
  [[nodiscard]] static Result<Registry> open(const std::string& state_folder);

  /// The member of that name, or nullptr.
  [[nodiscard]] const Member* find(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, Member, std::less<>>& members() const noexcept { return members_; }

  /// Whether the disk may be that member's. @errors `unverified` if it is another's.
  [[nodiscard]] Result<> check_disk(std::string_view uuid, std::string_view name) const;

  /// Adds or replaces a member, durably. One that names no disk keeps the one it had. @errors `io`; as check_disk().
  [[nodiscard]] Result<> put(Member member);

 private:
  explicit Registry(std::string folder) : folder_{std::move(folder)} {}

  std::string folder_;
  std::map<std::string, Member, std::less<>> members_;
  std::map<std::string, std::string, std::less<>> disks_;  ///< UUID -> name
};

}  // namespace asterism::join
