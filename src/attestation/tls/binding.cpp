// SPDX-License-Identifier: Apache-2.0
#include "attestation/tls/binding.hpp"

#include <openssl/evp.h>

namespace asterism::attestation {
namespace {

constexpr std::string_view label{"asterism attested tls 1\0", 24};

}  // namespace

std::string_view to_string(Role role) noexcept {
  return role == Role::client ? "client" : "server";
}

Result<Binding> session_binding(Role prover, const SessionFacts& facts) {
  if (facts.deployment.empty() || facts.deployment.size() > 255) {
    return fail(Errc::usage, "the deployment's id has {} bytes (1 to 255 are allowed)", facts.deployment.size());
  }
  std::vector<std::byte> message;
  append(message, as_bytes(label));
  message.push_back(static_cast<std::byte>(prover));
  for (const auto& field : {facts.exporter, facts.client_key, facts.server_key, facts.client_nonce, facts.server_nonce})
    append(message, field);
  message.push_back(static_cast<std::byte>(facts.deployment.size()));
  append(message, as_bytes(facts.deployment));
  Binding binding{};
  std::size_t length = 0;
  if (::EVP_Q_digest(nullptr, "SHA512-256", nullptr, message.data(), message.size(),
                     reinterpret_cast<unsigned char*>(binding.data()), &length) != 1 ||
      length != binding.size()) {
    return fail(Errc::internal, "SHA-512/256");
  }
  return binding;
}

FixedBytes<64> as_report_data(const Binding& binding) {
  FixedBytes<64> data{};
  std::ranges::copy(binding, data.begin());
  return data;
}

}  // namespace asterism::attestation
