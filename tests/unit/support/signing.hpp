// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

#include "crypto/private_key.hpp"
#include "manifest/trust_policy.hpp"

namespace asterism::testing {

/// Keys for tests only. They protect nothing: everybody has them.
inline constexpr std::string_view test_key_pems[] = {
    // ECDSA P-256
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgViI75ifjAs64kRcM\n"
    "mba5W82kTwIRMcxEYo32mH5YVEShRANCAATXQMs62/7nPKEnnCn3unsS1ELUEyJM\n"
    "vxQFptQ+YfOHQ82YL1i+2Ah7yoOpN62M/smAwcv6IN6/iyWOJdinbyOo\n"
    "-----END PRIVATE KEY-----\n",
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHTSbxoCc99AjQvZH\n"
    "GlLvxhFO2AP+i0p4rfG21cdOGLmhRANCAAR12BcNUuNTIspUXyEDJypeoDJBTYk8\n"
    "XDQGAKuZOWb/enk/88y3VZ4xGMleHw4mgt5tXOlx/VQ4dtCamI5SZD18\n"
    "-----END PRIVATE KEY-----\n",
    // Ed25519
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEILdunnC1vmPj+63kYT5wOl57KGjMdIQ+tiMQY+uWMdNo\n"
    "-----END PRIVATE KEY-----\n",
};

/// The number of test keys.
inline constexpr std::size_t test_keys = std::size(test_key_pems);

/// Test key number `index`, by way of a file in the working folder.
inline crypto::PrivateKey test_key(std::size_t index) {
  const std::string path = "test-key-" + std::to_string(index) + ".pem";
  std::ofstream{path} << test_key_pems[index];
  return crypto::PrivateKey::load(path).value();
}

/// A policy of the first `count` test keys, named key-0, key-1, ...
inline manifest::TrustPolicy test_policy(std::size_t threshold, std::size_t count = test_keys) {
  std::vector<manifest::TrustedKey> keys;
  for (std::size_t i = 0; i < count; ++i)
    keys.push_back({.name = "key-" + std::to_string(i), .key = test_key(i).public_key()});
  return manifest::TrustPolicy::make(threshold, std::move(keys)).value();
}

}  // namespace asterism::testing
