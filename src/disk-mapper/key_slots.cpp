// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/key_slots.hpp"

#include <format>

#include "disk-mapper/join_provider.hpp"
#include "disk-mapper/luks.hpp"

namespace asterism::disk_mapper {
namespace {

/// The facts of the next header: the node's key stays.
HeaderFacts next_facts(const Metadata& metadata) {
  HeaderFacts facts{.generation = metadata.generation + 1, .node_slots = {}, .sealed = metadata.sealed};
  for (const auto& [number, slot] : metadata.slots)
    if (slot.role == SlotRole::node) facts.node_slots.insert(number);
  return facts;
}

struct Opened {
  ReadHeader read;
  OpenedHeader header;  ///< its file is going to be changed
};

Result<Opened> open_for_change(NodeStorage& storage, const std::string& device, const SecretBytes& key) {
  ASTERISM_TRY(auto read, read_header(storage, device));
  ASTERISM_TRY(auto header, open_header(read, key));
  // A torn copy first: the change has to start from two good ones.
  if (read.checked.needs_repair) {
    ASTERISM_CHECK(write_header(storage, device, &read.checked.current, header.sealed));
    ASTERISM_TRY(read, read_header(storage, device));
  }
  return Opened{.read = std::move(read), .header = std::move(header)};
}

Result<SealedHeader> write_change(NodeStorage& storage, const std::string& device, const Opened& opened,
                                  const HeaderFacts& facts) {
  ASTERISM_TRY(auto next, seal_header(opened.header.file, opened.header.volume_key, facts));
  ASTERISM_CHECK(write_header(storage, device, &opened.read.checked.current, next));
  return next;
}

Result<> write_change(NodeStorage& storage, const std::string& device, const Opened& opened) {
  ASTERISM_CHECK(write_change(storage, device, opened, next_facts(opened.header.sealed.header.metadata())));
  return {};
}

}  // namespace

Result<> add_recovery_key(NodeStorage& storage, const std::string& device, const SecretBytes& authority,
                          const SecretBytes& fresh) {
  ASTERISM_TRY(const auto opened, open_for_change(storage, device, authority));
  if (unlock(opened.header.file, fresh)) return fail(Errc::conflict, "'{}' has this key already", device);
  ASTERISM_CHECK(add_key_slot(opened.header.file, opened.header.volume_key, fresh), "adding a key slot");
  return write_change(storage, device, opened);
}

Result<> remove_recovery_key(NodeStorage& storage, const std::string& device, const SecretBytes& unwanted) {
  ASTERISM_TRY(const auto opened, open_for_change(storage, device, unwanted));
  const auto& slots = opened.header.sealed.header.metadata().slots;
  if (slots.at(opened.header.slot).role == SlotRole::node)
    return fail(Errc::conflict, "this is the node's own key, not a recovery key");
  ASTERISM_CHECK(remove_key_slot(opened.header.file, opened.header.slot), "removing key slot {}", opened.header.slot);
  return write_change(storage, device, opened);
}

Result<> check_renewable(NodeStorage& storage, const std::string& device) {
  ASTERISM_TRY(const auto header, read_copies(storage, device));
  const std::string& sealed = header.current.metadata.sealed;
  if (!sealed.starts_with(cluster_mark)) return {};
  return std::unexpected{
      Error{Errc::conflict, std::format("the key of '{}' is cluster {}'s, which derives it from its master secret and "
                                        "the disk's UUID: it is the same each time",
                                        device, excerpt(sealed.substr(cluster_mark.size())))}
          .advise("another key needs another disk: let a node whose TPM is new or cleared join with a blank one")};
}

Result<OpenedHeader> renew_node_key(NodeStorage& storage, KeyProvider& provider, const std::string& device,
                                    const SecretBytes& authority) {
  ASTERISM_TRY(auto opened, open_for_change(storage, device, authority));
  const AuthenticatedHeader& header = opened.header.sealed.header;
  ASTERISM_TRY(const auto fresh, provider.make_key(header.uuid()), "key provider {}", provider.name());
  HeaderFacts facts = next_facts(header.metadata());
  ASTERISM_TRY(const auto slot, add_key_slot(opened.header.file, opened.header.volume_key, fresh.key),
               "adding a key slot");
  for (const unsigned old : facts.node_slots)
    ASTERISM_CHECK(remove_key_slot(opened.header.file, old), "removing key slot {}", old);
  facts.node_slots = {slot};
  facts.sealed = fresh.sealed;
  ASTERISM_TRY(auto sealed, write_change(storage, device, opened, facts));
  ASTERISM_TRY(auto file, HeaderFile::make(sealed.image));
  return OpenedHeader{.sealed = std::move(sealed),
                      .file = std::move(file),
                      .volume_key = std::move(opened.header.volume_key),
                      .slot = slot};
}

}  // namespace asterism::disk_mapper
