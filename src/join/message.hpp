// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "common/secret.hpp"
#include "join/cluster_dns.hpp"

namespace asterism::join {

/// Most bytes that a message of the protocol may have; longer content goes in pieces.
inline constexpr std::size_t message_bytes_max = std::size_t{64} << 10;
/// Most bytes of one piece.
inline constexpr std::size_t piece_bytes_max = std::size_t{48} << 10;
/// Size of the key that a state disk is opened with.
inline constexpr std::size_t disk_key_bytes = 32;

/// Why a node was refused.
enum class RefusalCode : std::uint8_t { evidence = 1, name = 2, request = 3, rate = 4, unavailable = 5 };

/// "evidence", "name", ...
[[nodiscard]] std::string_view to_string(RefusalCode code) noexcept;

/// A node asks to be let in.
struct JoinRequest {
  std::string node;            ///< see is_node_name()
  std::string disk_uuid;       ///< of its state disk, or empty if it needs no key
  std::vector<std::byte> csr;  ///< PKCS#10, DER, 1 to 4096 bytes
};

/// What a node gets that was let in.
struct JoinAnswer {
  std::string node;
  std::string cluster;
  std::string api_endpoint;     ///< "https://host:port"
  std::string ca_pem;           ///< of the API server
  std::string certificate_pem;  ///< of the kubelet
  SecretBytes disk_key;         ///< disk_key_bytes, or none
  ClusterDns dns{};
};

/// What a node gets that was not.
struct Refusal {
  RefusalCode code = RefusalCode::request;
  std::uint32_t retry_after_seconds = 0;  ///< 0: asking again changes nothing by itself
  std::string reason;                     ///< printable
};

/// Somebody asks who the members are.
struct MembersRequest {};

/// The head of the list of members; its JSON follows in pieces.
struct MembersList {
  std::vector<std::byte> key;        ///< SubjectPublicKeyInfo of the service's list key
  std::vector<std::byte> signature;  ///< over the JSON
  std::uint32_t size_bytes = 0;      ///< of the JSON
};

/// Bytes of something long.
struct Piece {
  std::vector<std::byte> bytes;  ///< 1 to piece_bytes_max
};

/// A node says which disk it wants the key of, to an operator who came to recover it.
struct DiskWanted {
  std::string node;
  std::string disk_uuid;
};

/// An operator gives the key of that disk.
struct DiskKey {
  std::string disk_uuid;
  SecretBytes key;  ///< disk_key_bytes
};

/// The node has the key, and has measured who gave it.
struct DiskKeyTaken {};

using Message = std::variant<JoinRequest, JoinAnswer, Refusal, MembersRequest, MembersList, Piece, DiskWanted, DiskKey,
                             DiskKeyTaken>;

/// A message as it is sent. docs/join.md has the layout. The caller wipes it if there is a key in it.
/// @errors `usage` for fields that parse_message() would refuse.
[[nodiscard]] Result<std::vector<std::byte>> encode(const Message& message);

/// Takes a message apart.
/// @errors `corrupt` for a length that does not fit, a field over its limit, text that is not printable or malformed
/// names;
///         `unsupported` for another type or version.
/// @checked tests/unit/join/message_test.cpp; tests/fuzz/join.
[[nodiscard]] Result<Message> parse_message(Bytes bytes);

/// Whether it is a name for a node: an RFC 1123 label of at most 63 characters.
[[nodiscard]] bool is_node_name(std::string_view name) noexcept;
/// Whether it is the id of a cluster: 1 to 63 of a-z, 0-9, '-' and '.'.
[[nodiscard]] bool is_cluster_id(std::string_view id) noexcept;
/// Whether it is a UUID in small letters, as LUKS headers have it.
[[nodiscard]] bool is_uuid(std::string_view text) noexcept;

}  // namespace asterism::join
