// SPDX-License-Identifier: Apache-2.0
#include "join/list_key.hpp"

#include <span>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "common/fs.hpp"
#include "common/handle.hpp"
#include "common/secret.hpp"

namespace asterism::join {
namespace {

using Pkey = Handle<EVP_PKEY, ::EVP_PKEY_free>;
using Bio = Handle<BIO, ::BIO_vfree>;

Result<> make_key(const std::string& path) {
  const Pkey key{::EVP_EC_gen("P-256")};
  const Bio bio{::BIO_new(::BIO_s_mem())};
  if (!key || !bio || ::PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return fail(Errc::internal, "OpenSSL: making a key");
  }
  char* data = nullptr;
  const long size = ::BIO_get_mem_data(bio.get(), &data);
  const std::span<std::byte> pem = std::as_writable_bytes(std::span{data, static_cast<std::size_t>(size)});
  auto written = write_file_atomically(path, pem, 0600);
  wipe(pem);
  return written;
}

}  // namespace

Result<crypto::PrivateKey> open_list_key(const std::string& path) {
  auto key = crypto::PrivateKey::load(path);
  if (key || key.error().code() != Errc::not_found) return key;
  ASTERISM_CHECK(make_key(path), "the key that signs lists");
  return crypto::PrivateKey::load(path);
}

}  // namespace asterism::join
