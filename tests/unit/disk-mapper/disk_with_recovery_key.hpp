// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/test/unit_test.hpp>

#include "disk-mapper/key_slots.hpp"
#include "disk-mapper/open.hpp"
#include "disk-mapper/testing/fake_key_provider.hpp"
#include "disk-mapper/testing/fake_measurer.hpp"
#include "disk-mapper/testing/fake_storage.hpp"

namespace asterism::disk_mapper::testing {

/// A disk that was made with the recovery key `first`.
struct DiskWithRecoveryKey {
  FakeMedium medium;
  FakeKeyProvider provider;
  std::string uuid;
  SecretBytes first = SecretBytes::random(node_key_bytes).value();
  SecretBytes second = SecretBytes::random(node_key_bytes).value();

  DiskWithRecoveryKey() {
    uuid = boot(nullptr, &first).value().uuid;
    medium.data = "kept";
  }

  Result<OpenReport> boot(const SecretBytes* recovery_key = nullptr, const SecretBytes* fresh = nullptr) {
    FakeStorage storage{medium};
    FakeMeasurer measurer;
    return open_state_disk(storage, provider, measurer,
                           {.device = "/dev/fake",
                            .mount_point = "/sysroot/var",
                            .recovery_key = recovery_key,
                            .new_recovery_key = fresh});
  }

  Result<> add(const SecretBytes& authority, const SecretBytes& fresh) {
    FakeStorage storage{medium};
    return add_recovery_key(storage, "/dev/fake", authority, fresh);
  }

  Result<> renew(const SecretBytes& authority) {
    FakeStorage storage{medium};
    ASTERISM_CHECK(renew_node_key(storage, provider, "/dev/fake", authority));
    return {};
  }

  Result<> remove(const SecretBytes& unwanted) {
    FakeStorage storage{medium};
    return remove_recovery_key(storage, "/dev/fake", unwanted);
  }
};

}  // namespace asterism::disk_mapper::testing
