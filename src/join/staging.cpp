// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>

#include <sys/stat.h>

#include "common/fs.hpp"
#include "common/json.hpp"
#include "join/agent.hpp"

namespace asterism::join {
namespace {

constexpr unsigned secret_mode = 0600;

std::string kubeconfig(const std::string& folder, const JoinAnswer& answer) {
  // JSON is YAML, and quotes what came from outside.
  const Json cluster = Json::Object{{"certificate-authority", folder + "/ca.crt"}, {"server", answer.api_endpoint}};
  const Json user =
      Json::Object{{"client-certificate", folder + "/kubelet.pem"}, {"client-key", folder + "/kubelet.pem"}};
  return Json{Json::Object{{"apiVersion", "v1"},
                           {"kind", "Config"},
                           {"clusters", Json::Array{Json::Object{{"name", "cluster"}, {"cluster", cluster}}}},
                           {"users", Json::Array{Json::Object{{"name", "kubelet"}, {"user", user}}}},
                           {"contexts", Json::Array{Json::Object{
                                            {"name", "node"},
                                            {"context", Json::Object{{"cluster", "cluster"}, {"user", "kubelet"}}}}}},
                           {"current-context", "node"}}}
      .to_text();
}

/// Certificate and key in one file, as kubelet keeps them: put together in pages that are wiped.
Result<> write_pair(const std::string& path, std::string_view certificate, const SecretBytes& key) {
  ASTERISM_TRY(auto both, SecretBytes::zeros(certificate.size() + key.size()));
  std::ranges::copy(as_bytes(certificate), both.writable().begin());
  std::ranges::copy(key.bytes(), both.writable().begin() + static_cast<std::ptrdiff_t>(certificate.size()));
  return write_file_atomically(path, both.bytes(), secret_mode);
}

/// A folder for root alone.
Result<> make_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return std::unexpected{Error::from_errno(errno, std::format("making '{}'", folder))};
  if (::chmod(folder.c_str(), 0700) != 0)
    return std::unexpected{Error::from_errno(errno, std::format("closing '{}'", folder))};
  return {};
}

}  // namespace

Result<> stage(const std::string& folder, const Admission& admission, const NodeConfig& config,
               const std::string& disk_uuid) {
  const JoinAnswer& answer = admission.answer;
  ASTERISM_CHECK(check_kubelet_certificate(answer.certificate_pem, admission.key_pem, config.name));
  ASTERISM_CHECK(make_folder(folder));
  ASTERISM_CHECK(write_file_atomically(folder + "/ca.crt", as_bytes(answer.ca_pem), secret_mode));
  ASTERISM_CHECK(write_pair(folder + "/kubelet.pem", answer.certificate_pem, admission.key_pem));
  ASTERISM_CHECK(
      write_file_atomically(folder + "/kubelet.kubeconfig", as_bytes(kubeconfig(folder, answer)), secret_mode));
  if (answer.disk_key.size() != 0)
    ASTERISM_CHECK(write_file_atomically(folder + "/disk-key", answer.disk_key.bytes(), secret_mode));
  std::string node = std::format("ASTERISM_NODE_NAME={}\n", config.name);
  if (!answer.dns.servers.empty()) {
    node += std::format("ASTERISM_CLUSTER_OPTIONS=--cluster-dns={} --cluster-domain={}\n", servers_text(answer.dns),
                        answer.dns.domain);
  }
  ASTERISM_CHECK(write_file_atomically(folder + "/kubelet.env", as_bytes(node), secret_mode));
  const Json report = Json::Object{{"node", answer.node},
                                   {"cluster", answer.cluster},
                                   {"api_endpoint", answer.api_endpoint},
                                   {"disk_uuid", disk_uuid}};
  return write_file_atomically(folder + "/report.json", as_bytes(report.to_text()), secret_mode);
}

Result<> stage_recovered(const std::string& folder, const Recovered& recovered, const NodeConfig& config,
                         const std::string& disk_uuid) {
  ASTERISM_CHECK(make_folder(folder));
  ASTERISM_CHECK(write_file_atomically(folder + "/disk-key", recovered.disk_key.bytes(), secret_mode));
  const Json report = Json::Object{{"node", config.name},
                                   {"cluster", config.cluster},
                                   {"disk_uuid", disk_uuid},
                                   {"operator", recovered.operator_id}};
  return write_file_atomically(folder + "/report.json", as_bytes(report.to_text()), secret_mode);
}

}  // namespace asterism::join
