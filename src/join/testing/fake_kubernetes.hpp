// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "join/kubernetes.hpp"

namespace asterism::join::testing {

/// A Kubernetes in memory with a certificate authority of its own, which signs what it is given.
class FakeKubernetes final : public KubernetesApi {
 public:
  FakeKubernetes();
  ~FakeKubernetes() override;

  /// The next calls of issue() fail with these errors, in this order.
  void fail_next(Error error) { failures_.push_back(std::move(error)); }

  Result<std::string> issue(std::string_view node, std::string_view csr_pem, std::string_view reason) override;
  Result<> ready() override { return {}; }

  /// Names that certificates were issued for, in order.
  std::vector<std::string> issued;

 private:
  struct Authority;
  std::unique_ptr<Authority> authority_;
  std::deque<Error> failures_;
  std::mutex mutex_;
};

}  // namespace asterism::join::testing
