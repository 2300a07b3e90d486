// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/open.hpp"

#include <algorithm>

#include "disk-mapper/key_slots.hpp"
#include "disk-mapper/layout_record.hpp"
#include "disk-mapper/luks.hpp"
#include "disk-mapper/sealed_header.hpp"
#include "disk-mapper/uuid.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::uint64_t block_bytes = 4096;

/// Closes again what was opened, unless all went well.
class Deactivation {
 public:
  explicit Deactivation(NodeStorage& storage) : storage_{&storage} {}
  Deactivation(const Deactivation&) = delete;
  Deactivation& operator=(const Deactivation&) = delete;
  Deactivation(Deactivation&&) = delete;
  Deactivation& operator=(Deactivation&&) = delete;
  ~Deactivation() {
    // The first failure is the one to tell; a device that stays open is in the kernel's log.
    if (storage_) static_cast<void>(storage_->deactivate());
  }
  void keep() noexcept { storage_ = nullptr; }

 private:
  NodeStorage* storage_;
};

Result<std::uint64_t> available(std::uint64_t opened_bytes) {
  if (opened_bytes <= reserved_bytes) return fail(Errc::corrupt, "the opened device has only {} bytes", opened_bytes);
  return (opened_bytes - reserved_bytes) / block_bytes * block_bytes;
}

/// Header and keys of a new disk.
struct NewDisk {
  DiskIdentity identity;
  SecretBytes volume_key;
  SealedHeader sealed;
};

Result<NewDisk> new_disk(KeyProvider& provider, const OpenRequest& request) {
  const SecretBytes* const recovery_key = request.new_recovery_key;
  std::string uuid = request.new_uuid;
  if (uuid.empty()) {
    ASTERISM_TRY(uuid, random_uuid());
  }
  ASTERISM_TRY(const auto node, provider.make_key(uuid), "key provider {}", provider.name());
  ASTERISM_TRY(auto volume_key, SecretBytes::random(volume_key_bytes));
  ASTERISM_TRY(auto identity, disk_identity(uuid, volume_key));
  ASTERISM_TRY(const auto skeleton, make_header(uuid, volume_key));
  ASTERISM_TRY(const auto file, HeaderFile::make(skeleton));
  ASTERISM_TRY(const auto slot, add_key_slot(file, volume_key, node.key));
  if (recovery_key) ASTERISM_CHECK(add_key_slot(file, volume_key, *recovery_key), "recovery key");
  const HeaderFacts facts{.generation = 1, .node_slots = {slot}, .sealed = node.sealed};
  ASTERISM_TRY(auto sealed, seal_header(file, volume_key, facts));
  return NewDisk{.identity = std::move(identity), .volume_key = std::move(volume_key), .sealed = std::move(sealed)};
}

OpenReport report_of(Action action, const AuthenticatedHeader& header, std::uint64_t available_bytes,
                     const LayoutRecord& layout) {
  return {.action = action,
          .uuid = header.uuid(),
          .generation = header.metadata().generation,
          .available_bytes = available_bytes,
          .initialised_bytes = layout.initialised_bytes,
          .measured = measured_event(header.uuid(), header.digest()),
          .note = {}};
}

/// Everything up to a file system that holds nothing, under the claim instead of the primary header. A power cut in
/// here is followed by another creation.
Result<OpenReport> prepare(NodeStorage& storage, const NewDisk& disk, const OpenRequest& request) {
  ASTERISM_CHECK(storage.write(request.device, 0, preparation_claim()), "claiming '{}'", request.device);
  ASTERISM_CHECK(write_header(storage, request.device, nullptr, disk.sealed, HeaderExtent::all_but_primary));
  ASTERISM_CHECK(storage.make_integrity(request.device));
  ASTERISM_TRY(const auto file, HeaderFile::make(disk.sealed.image));
  ASTERISM_TRY(const auto opened_bytes, storage.activate(file, request.device, disk.volume_key));
  ASTERISM_TRY(const auto available_bytes, available(opened_bytes));
  const LayoutRecord layout{
      .sequence = 1, .initialised_bytes = std::min(request.initial_bytes / block_bytes * block_bytes, available_bytes)};
  ASTERISM_CHECK(storage.write_zeros(0, reserved_bytes + layout.initialised_bytes));
  ASTERISM_TRY(const auto record, write_record(layout));
  ASTERISM_CHECK(storage.write_opened(record_offset(layout), record), "writing the layout record");
  ASTERISM_CHECK(storage.map_state(reserved_bytes, layout.initialised_bytes));
  ASTERISM_CHECK(storage.make_filesystem(disk.identity.uuid));
  return report_of(Action::create, disk.sealed.header, available_bytes, layout);
}

Result<OpenReport> create(NodeStorage& storage, KeyProvider& provider, const OpenRequest& request) {
  ASTERISM_TRY(const auto disk, new_disk(provider, request), "making the header");
  ASTERISM_TRY(auto report, prepare(storage, disk, request));
  // The record before the primary header: a cut between the two leaves a recorded disk with a good secondary header,
  // which the next boot repairs; the other way round there would be a disk that looks like somebody else's.
  ASTERISM_CHECK(provider.commit(disk.identity), "key provider {}", provider.name());
  ASTERISM_CHECK(storage.write(request.device, 0, Bytes{disk.sealed.image}.first(copy_bytes)),
                 "writing the primary header");
  return report;
}

Result<DiskIdentity> identity_of(const OpenedHeader& opened) {
  return disk_identity(opened.sealed.header.uuid(), opened.volume_key);
}

Result<OpenedHeader> open_with_node_key(NodeStorage& storage, KeyProvider& provider, const std::string& device) {
  ASTERISM_TRY(const auto read, read_header(storage, device));
  const CheckedCopy& current = read.checked.current;
  ASTERISM_TRY(const auto key, provider.load(current.copy.uuid, current.metadata.sealed), "key provider {}",
               provider.name());
  ASTERISM_TRY(auto opened, open_header(read, key));
  ASTERISM_TRY(const auto identity, identity_of(opened));
  ASTERISM_CHECK(provider.confirm(identity), "key provider {}", provider.name());
  if (read.checked.needs_repair) ASTERISM_CHECK(write_header(storage, device, &current, opened.sealed));
  return opened;
}

/// A node whose record is lost, with its TPM for instance, gets a new key and record, so that the next boot needs
/// nobody. The header is written first: cut off between the two, the recovery key is asked for once more.
Result<OpenedHeader> adopt(NodeStorage& storage, KeyProvider& provider, const OpenRequest& request) {
  ASTERISM_TRY(auto renewed, renew_node_key(storage, provider, request.device, *request.recovery_key));
  ASTERISM_TRY(const auto identity, identity_of(renewed));
  ASTERISM_CHECK(provider.commit(identity), "key provider {}", provider.name());
  return renewed;
}

/// The key is an operator's word that this is the node's disk, whatever the provider knows or does not know.
Result<OpenedHeader> open_with_recovery_key(NodeStorage& storage, KeyProvider& provider, const OpenRequest& request,
                                            std::string& note) {
  ASTERISM_TRY(const auto read, read_header(storage, request.device));
  ASTERISM_TRY(auto opened, open_header(read, *request.recovery_key));
  if (read.checked.needs_repair)
    ASTERISM_CHECK(write_header(storage, request.device, &read.checked.current, opened.sealed));
  ASTERISM_TRY(const auto identity, identity_of(opened));
  auto known = provider.confirm(identity);
  if (!known && known.error().code() == Errc::not_found) {
    auto adopted = adopt(storage, provider, request);
    if (adopted) {
      note = "the node has a new key for this disk";
      return adopted;
    }
    known = std::unexpected{std::move(adopted).error()};
  }
  if (!known) note = std::format("the next boot needs the recovery key again: {}", known.error().message());
  return opened;
}

Result<OpenReport> open(NodeStorage& storage, KeyProvider& provider, const OpenRequest& request) {
  std::string note;
  ASTERISM_TRY(const auto opened, request.recovery_key ? open_with_recovery_key(storage, provider, request, note)
                                                       : open_with_node_key(storage, provider, request.device));
  ASTERISM_TRY(const auto opened_bytes, storage.activate(opened.file, request.device, opened.volume_key));
  ASTERISM_TRY(const auto available_bytes, available(opened_bytes));
  ASTERISM_TRY(const auto records, storage.read_opened(0, records_bytes), "reading the layout records");
  ASTERISM_TRY(const auto layout, read_records(records, available_bytes));
  ASTERISM_CHECK(storage.map_state(reserved_bytes, layout.initialised_bytes));
  auto report = report_of(Action::open, opened.sealed.header, available_bytes, layout);
  report.note = std::move(note);
  return report;
}

Result<Action> choose(NodeStorage& storage, KeyProvider& provider, const OpenRequest& request) {
  ASTERISM_TRY(const auto look, look_at(storage, request.device));
  if (!request.recovery_key) {
    ASTERISM_TRY(const auto has_record, provider.has_record(), "key provider {}", provider.name());
    return decide(has_record, look);
  }
  if (look != DiskLook::blank) return Action::open;
  return fail(Errc::conflict, "it is blank: there is nothing on it that a recovery key could open");
}

Error with_advice(Error error, const OpenRequest& request) {
  Error named = std::move(error).within(std::format("state disk '{}'", request.device));
  if (!named.advice().empty()) return named;
  if (named.code() == Errc::unverified || named.code() == Errc::corrupt) {
    return std::move(named).advise(
        "nothing on it was changed; attach this node's own disk, restore it from a snapshot, or give the recovery key "
        "(disk-mapper recover)");
  }
  if (named.code() == Errc::not_found || named.code() == Errc::unavailable) {
    return std::move(named).advise(
        "give the recovery key (disk-mapper recover), or attach the disk that belongs to this node");
  }
  if (named.code() == Errc::unsupported) return std::move(named).advise("give the node a larger disk");
  return std::move(named).advise("see the kernel's messages about this disk; the next boot tries again");
}

Result<OpenReport> run(NodeStorage& storage, KeyProvider& provider, Measurer& measurer, const OpenRequest& request) {
  ASTERISM_TRY(const auto action, choose(storage, provider, request));
  Deactivation deactivation{storage};
  ASTERISM_TRY(auto report,
               action == Action::create ? create(storage, provider, request) : open(storage, provider, request));
  ASTERISM_CHECK(measurer.measure(report.measured), "measuring the state disk");
  ASTERISM_CHECK(storage.mount(request.mount_point));
  deactivation.keep();
  return report;
}

}  // namespace

Result<std::string> uuid_to_open(NodeStorage& storage, const RecordQuestion& has_record, const std::string& device) {
  ASTERISM_TRY(const auto look, look_at(storage, device), "state disk '{}'", device);
  if (look != DiskLook::other) {
    ASTERISM_TRY(const bool recorded, has_record());
    if (!recorded) return random_uuid();
  }
  // A disk without a record is not opened, but by a recovery key, and then the node gets a new key for it.
  ASTERISM_TRY(const auto header, read_copies(storage, device), "state disk '{}'", device);
  return header.current.copy.uuid;
}

Result<OpenReport> open_state_disk(NodeStorage& storage, KeyProvider& provider, Measurer& measurer,
                                   const OpenRequest& request) {
  auto report = run(storage, provider, measurer, request);
  if (!report) return std::unexpected{with_advice(std::move(report).error(), request)};
  return report;
}

}  // namespace asterism::disk_mapper
