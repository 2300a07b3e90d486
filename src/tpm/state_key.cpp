// SPDX-License-Identifier: Apache-2.0
#include "tpm/state_key.hpp"

#include <algorithm>
#include <array>

#include "tpm/wire.hpp"

namespace asterism::tpm {
namespace {

/// Refuses with advice.
std::unexpected<Error> refuse(std::string message, std::string advice) {
  return std::unexpected{Error{Errc::unverified, std::move(message)}.advise(std::move(advice))};
}

Result<Digest> one_value(Tpm& tpm, HashAlgorithm bank, Pcr pcr) {
  ASTERISM_TRY(const auto selection, PcrSelection::make(bank, {pcr}));
  ASTERISM_TRY(const auto values, tpm.read(selection));
  return values.front();
}

/// Why no signature fits, as far as the registers say.
std::unexpected<Error> explain(const std::vector<Digest>& values) {
  const Digest zero{values.front().algorithm()};
  if (values[1] != zero) {
    return refuse("PCR 12 is not as signed: a command line, add-on or credential was added to the image",
                  "remove what lies beside the image on the ESP and in the boot options, then restart");
  }
  if (values[2] != zero) {
    return refuse("PCR 13 is not as signed: a system extension was added to the image",
                  "remove the extensions from the ESP, then restart");
  }
  return refuse("PCR 11 is not as signed: another image than the signatures are for, or not its initramfs any more",
                "boot an image as it was published, or use the recovery key");
}

/// An approved policy and the signature over it.
struct Approved {
  Policy policy;
  std::vector<std::byte> signature;
};

/// The approved policy that holds now, or the reason why none does.
Result<Approved> present_policy(Tpm& tpm, const ImageLine& image, HashAlgorithm bank) {
  const StateSignatures& own = *image.document.asterism;
  ASTERISM_TRY(const auto floor, read_floor(tpm, image.key));
  if (!floor) return refuse("this TPM holds no floor: it was cleared or is another one", "use the recovery key");
  if (*floor > own.security_version) {
    return refuse(std::format("security version {} of this image is below the floor {}", own.security_version, *floor),
                  "boot a newer image, or use the recovery key");
  }
  ASTERISM_TRY(const auto selection, PcrSelection::make(bank, {std::begin(signed_pcrs), std::end(signed_pcrs)}));
  ASTERISM_TRY(const auto values, tpm.read(selection));
  ASTERISM_TRY(auto policy, approved_state_policy(image.key, values, own.security_version));
  ASTERISM_TRY(const auto digest, policy_digest(policy));
  const auto list = own.state.find(bank);
  if (list == own.state.end()) {
    return refuse(std::format("the image has no signatures for the {} bank", to_string(bank)), "use the recovery key");
  }
  const auto entry = std::ranges::find(list->second, digest, &PolicySignature::policy);
  if (entry == list->second.end()) return explain(values);
  ASTERISM_CHECK(image.key.verify(signed_policy_message(digest, state_reference), entry->signature),
                 "policy signature");
  return Approved{.policy = std::move(policy), .signature = entry->signature};
}

/// What a session has to run to write or lock the record.
Result<Policy> present_recording_policy(Tpm& tpm, const ImageLine& image, HashAlgorithm bank) {
  ASTERISM_TRY(auto approved, present_policy(tpm, image, bank), "recording the state disk");
  std::ranges::move(recording_policy(image.key, std::move(approved.signature)), std::back_inserter(approved.policy));
  return std::move(approved.policy);
}

/// One step up, from nothing or from `floor`.
Result<> increment(Tpm& tpm, const ImageLine& image, const std::optional<std::uint64_t>& floor) {
  ASTERISM_TRY(const auto index, floor_index(image.key));
  const StateSignatures& own = *image.document.asterism;
  if (!floor) {
    return tpm.nv_increment(index, floor_policy(approved_floor_start(), image.key, own.floor_start.signature));
  }
  ASTERISM_TRY(auto approved, approved_floor_raise(image.key, own.floor));
  return tpm.nv_increment(index, floor_policy(std::move(approved), image.key, own.floor_raise.signature));
}

}  // namespace

Result<ImageLine> ImageLine::make(std::string_view key_pem, std::string_view document_json) {
  ASTERISM_TRY(auto key, PublicKey::from_pem(key_pem), "policy key");
  ASTERISM_TRY(auto document, parse_policy_document(document_json));
  ASTERISM_CHECK(check_floor_signatures(document, key), "policy signatures");
  return ImageLine{.key = std::move(key), .document = std::move(document)};
}

Result<std::optional<std::uint64_t>> read_floor(Tpm& tpm, const PublicKey& key) {
  ASTERISM_TRY(const auto index, floor_index(key));
  auto bytes = tpm.nv_read(index);
  if (!bytes && bytes.error().code() == Errc::not_found) return std::optional<std::uint64_t>{};
  ASTERISM_TRY(const auto content, std::move(bytes), "reading the floor");
  return std::optional{read_be(content)};
}

Result<std::uint64_t> raise_floor(Tpm& tpm, const ImageLine& image) {
  ASTERISM_TRY(const auto index, floor_index(image.key));
  ASTERISM_TRY(const auto present, tpm.nv_public(floor_handle));
  if (!present) ASTERISM_CHECK(tpm.nv_define(index), "making the floor");
  const std::uint64_t wanted = image.document.asterism->floor;
  ASTERISM_TRY(auto floor, read_floor(tpm, image.key));
  while (!floor || *floor < wanted) {
    ASTERISM_CHECK(increment(tpm, image, floor), "raising the floor to {}", wanted);
    const auto before = floor;
    ASTERISM_TRY(floor, read_floor(tpm, image.key));
    if (!floor || (before && *floor <= *before)) return fail(Errc::unavailable, "the floor does not rise");
  }
  if (*floor > image.security_version()) {
    return refuse(std::format("the floor of this TPM is {}, above security version {} of the image", *floor,
                              image.security_version()),
                  "boot a newer image, or use another key provider");
  }
  return *floor;
}

Result<StateKey> seal_state_key(Tpm& tpm, const PublicKey& key, const SecretBytes& secret) {
  ASTERISM_TRY(const auto floor, read_floor(tpm, key));
  if (!floor) return fail(Errc::conflict, "sealing before there is a floor: nothing could open it");
  ASTERISM_TRY(const auto banks, tpm.active_banks());
  StateKey result{.bank = banks.front(), .sealed = {}};
  ASTERISM_TRY(const auto sealing, sealing_policy(key, result.bank));
  ASTERISM_TRY(const auto digest, policy_digest(sealing));
  ASTERISM_TRY(result.sealed, tpm.seal(secret, digest), "sealing the key of the state disk");
  return result;
}

Result<SecretBytes> unseal_state_key(Tpm& tpm, const ImageLine& image, const StateKey& key) {
  ASTERISM_TRY(const Digest identity, one_value(tpm, key.bank, identity_pcr));
  if (identity != Digest{key.bank}) {
    return refuse(
        "the state disk stays closed: PCR 15 is not zero: the state disk was opened already in this boot, or "
        "the node has read a document of its cluster",
        "restart the node");
  }
  ASTERISM_TRY(auto approved, present_policy(tpm, image, key.bank), "the state disk stays closed");
  ASTERISM_TRY(auto sealing, sealing_policy(image.key, key.bank, std::move(approved.signature)));
  std::ranges::move(sealing, std::back_inserter(approved.policy));
  return tpm.unseal(key.sealed, approved.policy);
}

Result<std::optional<Digest>> read_disk_record(Tpm& tpm, const PublicKey& key) {
  ASTERISM_TRY(const auto index, disk_record_index(key));
  auto bytes = tpm.nv_read(index);
  if (!bytes && bytes.error().code() == Errc::not_found) return std::optional<Digest>{};
  ASTERISM_TRY(const auto content, std::move(bytes), "reading the record of the state disk");
  ASTERISM_TRY(const auto identity, Digest::from_bytes(HashAlgorithm::sha256, content));
  return std::optional{identity};
}

Result<> write_disk_record(Tpm& tpm, const ImageLine& image, HashAlgorithm bank, const Digest& identity) {
  ASTERISM_TRY(const auto index, disk_record_index(image.key));
  ASTERISM_TRY(const auto present, tpm.nv_public(disk_record_handle));
  if (!present) ASTERISM_CHECK(tpm.nv_define(index), "making the record of the state disk");
  ASTERISM_TRY(const auto before, read_disk_record(tpm, image.key));
  if (before && *before != identity) {
    return fail(Errc::conflict, "this node made another state disk, {}", before->hex());
  }
  if (before && present->is_locked()) return {};
  if (!before) {
    ASTERISM_TRY(const auto policy, present_recording_policy(tpm, image, bank));
    ASTERISM_CHECK(tpm.nv_write(index, identity.bytes(), policy), "recording the state disk");
  }
  ASTERISM_TRY(const auto policy, present_recording_policy(tpm, image, bank));
  return tpm.nv_lock(index, policy);
}

Result<> remove_disk_record(Tpm& tpm) {
  ASTERISM_TRY(const auto present, tpm.nv_public(disk_record_handle));
  if (!present) return {};
  return tpm.nv_undefine(disk_record_handle);
}

}  // namespace asterism::tpm
