// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/digest.hpp"

namespace asterism::measured_boot {

/// SHA-256 of what a VMM loads beside the firmware (measured direct boot).
struct KernelHashes {
  Digest kernel{HashAlgorithm::sha256};
  Digest initrd{HashAlgorithm::sha256};        ///< of nothing where there is none
  Digest command_line{HashAlgorithm::sha256};  ///< with its terminating NUL
};

/// Hashes the three, as QEMU does for an SEV guest: the kernel file as it is, header not patched.
/// @errors `internal` from OpenSSL.
[[nodiscard]] Result<KernelHashes> hash_kernel(Bytes kernel, Bytes initrd, std::string_view command_line);

/// The table that the firmware checks the three against: 168 bytes, and zeros up to a multiple of 16.
/// @source QEMU target/i386/sev.c, sev_add_kernel_loader_hashes(); EDK2 OvmfPkg/AmdSev/BlobVerifierLibSevHashes.
[[nodiscard]] std::vector<std::byte> kernel_hash_table(const KernelHashes& hashes);

/// The page of guest memory that holds the table at `table_gpa`, zeros elsewhere.
/// @errors `unsupported` if the table passes the end of its page.
[[nodiscard]] Result<std::vector<std::byte>> kernel_hash_page(const KernelHashes& hashes, std::uint64_t table_gpa);

}  // namespace asterism::measured_boot
