// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "join/service_config.hpp"

namespace asterism::join {

/// Port: the part of Kubernetes' API that certificates of kubelets come from.
class KubernetesApi {
 public:
  KubernetesApi() = default;
  KubernetesApi(const KubernetesApi&) = delete;
  KubernetesApi& operator=(const KubernetesApi&) = delete;
  KubernetesApi(KubernetesApi&&) = delete;
  KubernetesApi& operator=(KubernetesApi&&) = delete;
  virtual ~KubernetesApi() = default;

  /// Has a kubelet's request signed: creates a CertificateSigningRequest for it, approves it, waits for the
  /// certificate, and removes the request.
  /// @param csr_pem checked already. @param reason goes into the approval, for whoever reads it later.
  /// @returns the certificate, PEM.
  /// @errors `unavailable` if the API server or the signer does not answer in time or refuses the service; `unverified`
  /// if
  ///         the signer refuses the request.
  [[nodiscard]] virtual Result<std::string> issue(std::string_view node, std::string_view csr_pem,
                                                  std::string_view reason) = 0;

  /// Whether the API server answers. @errors `unavailable`.
  [[nodiscard]] virtual Result<> ready() = 0;
};

/// The API server over HTTPS. One object may be used by several threads: every call has its own connection.
/// @source Kubernetes API reference, certificates.k8s.io/v1; signer kubernetes.io/kube-apiserver-client-kubelet.
/// @checked tests/interop/join: a real API server and controller manager.
[[nodiscard]] std::unique_ptr<KubernetesApi> kubernetes_over_https(KubernetesAccess access,
                                                                   std::chrono::seconds timeout);

}  // namespace asterism::join
