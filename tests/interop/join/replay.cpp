// SPDX-License-Identifier: Apache-2.0
// A hostile node: its TPM is genuine and its image good, but it shows evidence that was made for another session.
//   join-replay <node.json> <tcti> <log of measurements>
#include <cstdio>

#include "common/cli.hpp"
#include "common/fs.hpp"
#include "join/agent.hpp"
#include "join/connect.hpp"

using namespace asterism;

namespace {

class Replay final : public attestation::EvidenceProvider {
 public:
  explicit Replay(attestation::EvidenceCollector& collector) : honest_{collector} {}
  Result<std::vector<std::byte>> claim() override { return honest_.claim(); }
  Result<> answer(Bytes challenge) override { return honest_.answer(challenge); }
  Result<std::vector<std::byte>> evidence(const attestation::Binding& /*of_this_session*/) override {
    return honest_.evidence(attestation::Binding{});
  }

 private:
  attestation::CollectedEvidence honest_;
};

Result<> run(char** argv) {
  ASTERISM_TRY(const auto text, read_text_file(argv[1], 1 << 16));
  ASTERISM_TRY(const auto config, join::parse_node_config(text));
  ASTERISM_TRY(const auto tpm, tpm::open_tpm(argv[2]));
  ASTERISM_TRY(auto collector, attestation::EvidenceCollector::make({.tpm = tpm.get(), .userspace_log = argv[3]}));
  ASTERISM_TRY(auto socket, join::connect_to(config.endpoints.front(), std::chrono::seconds{10}));
  Replay evidence{collector};
  ASTERISM_CHECK(join::ask_to_join(std::move(socket), config, "", evidence, {}));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("join-replay", [&]() -> Result<> {
    if (argc != 4) return fail(Errc::usage, "join-replay <node.json> <tcti> <log>");
    return run(argv);
  });
}
