// SPDX-License-Identifier: Apache-2.0
#include <httplib.h>

#include "common/base64.hpp"
#include "common/fs.hpp"
#include "common/json_decoder.hpp"
#include "join/audit.hpp"
#include "join/kubernetes.hpp"

namespace asterism::join {
namespace {

constexpr const char* collection = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
constexpr const char* signer = "kubernetes.io/kube-apiserver-client-kubelet";
constexpr const char* json_type = "application/json";
constexpr JsonLimits limits{.text_bytes = 1U << 20, .depth = 32, .values = 10'000};
constexpr std::uint64_t token_bytes_max = 64U << 10;

/// The member of an object, or nullptr.
const Json* member(const Json* json, std::string_view key) {
  const auto* const object = json ? json->get_if<Json::Object>() : nullptr;
  if (!object) return nullptr;
  const auto found = object->find(key);
  return found == object->end() ? nullptr : &found->second;
}

std::string text_of(const Json* json) {
  const auto* const text = json ? json->get_if<std::string>() : nullptr;
  return text ? *text : std::string{};
}

Json request_body(std::string_view name, std::string_view csr_pem) {
  Json::Array usages{"key encipherment", "digital signature", "client auth"};
  return Json::Object{
      {"apiVersion", "certificates.k8s.io/v1"},
      {"kind", "CertificateSigningRequest"},
      {"metadata", Json::Object{{"name", name}, {"labels", Json::Object{{"asterism.dev/join", "true"}}}}},
      {"spec",
       Json::Object{{"request", to_base64(as_bytes(csr_pem))}, {"signerName", signer}, {"usages", std::move(usages)}}}};
}

/// Adds the approval to what the server has.
Result<std::string> approved(const std::string& body, std::string_view reason) {
  ASTERISM_TRY(auto document, parse_json(body, limits), "answer of the API server");
  auto* const object = document.get_if<Json::Object>();
  if (!object) return fail(Errc::unavailable, "the API server's answer is no object");
  Json::Array conditions{
      Json::Object{{"type", "Approved"}, {"status", "True"}, {"reason", "AsterismAttested"}, {"message", reason}}};
  object->insert_or_assign("status", Json::Object{{"conditions", std::move(conditions)}});
  return to_line(document);
}

class Https final : public KubernetesApi {
 public:
  Https(KubernetesAccess access, std::chrono::seconds timeout) : access_{std::move(access)}, timeout_{timeout} {}

  Result<std::string> issue(std::string_view node, std::string_view csr_pem, std::string_view reason) override {
    ASTERISM_TRY(auto client, connect(), "Kubernetes");
    const std::string name = std::format("asterism-{}-{:x}", node, serial());
    const std::string path = std::format("{}/{}", collection, name);
    ASTERISM_TRY(const auto created, done(client->Post(collection, to_line(request_body(name, csr_pem)), json_type)),
                 "Kubernetes: creating the CSR");
    auto certificate = approve_and_wait(*client, path, created, reason);
    // Nothing depends on the request any more; Kubernetes removes old ones by itself.
    static_cast<void>(client->Delete(path));
    if (!certificate) return std::unexpected{std::move(certificate).error().within("Kubernetes")};
    return certificate;
  }

  Result<> ready() override {
    ASTERISM_TRY(auto client, connect(), "Kubernetes");
    ASTERISM_CHECK(done(client->Get("/readyz")), "Kubernetes");
    return {};
  }

 private:
  static std::uint64_t serial() {
    static std::atomic<std::uint64_t> next{
        static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count())};
    return next++;
  }

  Result<std::unique_ptr<httplib::Client>> connect() {
    auto client = access_.certificate_file.empty()
                      ? std::make_unique<httplib::Client>(access_.server)
                      : std::make_unique<httplib::Client>(access_.server, access_.certificate_file, access_.key_file);
    if (!client->is_valid()) return fail(Errc::unavailable, "'{}' cannot be used", access_.server);
    client->set_ca_cert_path(access_.ca_file);
    client->enable_server_certificate_verification(true);
    client->set_keep_alive(true);
    client->set_connection_timeout(timeout_);
    client->set_read_timeout(timeout_);
    client->set_write_timeout(timeout_);
    if (!access_.token_file.empty()) {
      ASTERISM_TRY(auto token, read_text_file(access_.token_file, token_bytes_max), "token");
      while (!token.empty() && (token.back() == '\n' || token.back() == ' '))
        token.pop_back();
      client->set_bearer_token_auth(token);
    }
    return client;
  }

  /// The body of a good answer.
  static Result<std::string> done(const httplib::Result& result) {
    if (!result) return fail(Errc::unavailable, "{}", httplib::to_string(result.error()));
    if (result->status < 200 || result->status > 299) {
      const auto document = parse_json(result->body, limits);
      const std::string message = document ? text_of(member(&*document, "message")) : std::string{};
      return fail(Errc::unavailable, "HTTP {}: {}", result->status, excerpt(message));
    }
    return result->body;
  }

  Result<std::string> approve_and_wait(httplib::Client& client, const std::string& path, const std::string& created,
                                       std::string_view reason) {
    ASTERISM_TRY(const auto approval, approved(created, reason));
    ASTERISM_TRY(const auto answer, done(client.Put(path + "/approval", approval, json_type)), "approving the CSR");
    ASTERISM_TRY(const auto document, parse_json(answer, limits), "answer of the API server");
    const std::string version = text_of(member(member(&document, "metadata"), "resourceVersion"));
    return watch(client, path.substr(path.rfind('/') + 1), version);
  }

  /// Waits for the certificate in the stream of changes that the server sends: one JSON object a line.
  Result<std::string> watch(httplib::Client& client, const std::string& name, const std::string& version) {
    const std::string path =
        std::format("{}?watch=true&fieldSelector=metadata.name%3D{}&resourceVersion={}&timeoutSeconds={}", collection,
                    name, version, timeout_.count());
    std::string rest;
    Result<std::string> outcome = fail(Errc::unavailable, "no certificate within {} s", timeout_.count());
    const auto take = [&](const char* data, std::size_t size) {
      rest.append(data, size);
      for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
        const auto event = parse_json(rest.substr(0, end), limits);
        rest.erase(0, end + 1);
        if (event && settled(*event, outcome)) return false;
      }
      return rest.size() < limits.text_bytes;
    };
    static_cast<void>(client.Get(path, httplib::ContentReceiver{take}));
    return outcome;
  }

  static bool settled(const Json& event, Result<std::string>& outcome) {
    const Json* const status = member(member(&event, "object"), "status");
    if (const std::string certificate = text_of(member(status, "certificate")); !certificate.empty()) {
      const auto bytes = from_base64(certificate);
      if (bytes) {
        outcome = std::string{as_text(*bytes)};
      } else {
        outcome = std::unexpected{bytes.error()};
      }
      return true;
    }
    const Json* const conditions = member(status, "conditions");
    const auto* const list = conditions ? conditions->get_if<Json::Array>() : nullptr;
    for (const Json& condition : list ? *list : Json::Array{}) {
      const std::string type = text_of(member(&condition, "type"));
      if (type != "Failed" && type != "Denied") continue;
      outcome = fail(Errc::unverified, "the CSR is {}: {}", type, excerpt(text_of(member(&condition, "message"))));
      return true;
    }
    return false;
  }

  KubernetesAccess access_;
  std::chrono::seconds timeout_;
};

}  // namespace

std::unique_ptr<KubernetesApi> kubernetes_over_https(KubernetesAccess access, std::chrono::seconds timeout) {
  return std::make_unique<Https>(std::move(access), timeout);
}

}  // namespace asterism::join
