// SPDX-License-Identifier: Apache-2.0
// How long it takes to verify one SEV-SNP report (the recorded one, with AMD's chain) and one TPM quote (RSA 2048).
// Prints a JSON list of {name, value, unit, runs}; values are medians in milliseconds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "attestation/mutations.hpp"
#include "attestation/tpm_world.hpp"

using namespace asterism;
using namespace asterism::attestation;

namespace {

constexpr int runs = 501;

double median_ms(const std::function<bool()>& verify) {
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    if (!verify()) std::abort();
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::nth_element(times, times.begin() + runs / 2);
  return times[runs / 2];
}

double snp_report() {
  const auto report = testing::test_file("report_milan_a.bin");
  const auto vcek = testing::test_file("vcek_milan_a.der");
  const auto roots = SnpRoots::pinned().value();
  SnpPolicy policy{.products = {SnpProduct::milan}, .allow_debug = true, .allow_smt = true};
  const Bytes measurement = Bytes{report}.subspan(0x90, 48);
  const StaticReferenceValues references{
      {{.name = "recorded", .snp_measurements = {Digest::from_bytes(HashAlgorithm::sha384, measurement).value()}}},
      {{SnpProduct::milan, {}}},
      0};
  SnpExpectation expected;
  std::ranges::copy(Bytes{report}.subspan(0x50, 64), expected.report_data.begin());
  const Time recorded{std::chrono::seconds{1'664'000'000}};
  return median_ms([&] {
    return Verifier::verify_snp({.report = report, .key_certificate = vcek}, roots, policy, references, expected,
                                recorded)
        .has_value();
  });
}

double tpm_quote() {
  const testing::TpmWorld world;
  const testing::SnpWorld hardware;
  const std::string data = world.runtime_data();
  const auto ak = ParavisorAk::trust(testing::report_for(hardware, as_bytes(data)), as_bytes(data)).value();
  const StaticReferenceValues references{world.images, {}, 0};
  const auto attest = world.attest();
  const auto signature = world.sign(attest);
  return median_ms([&] {
    return Verifier::verify_tpm({.attest = attest, .signature = signature, .pcrs = world.pcrs}, ak, world.policy,
                                references, world.nonce)
        .has_value();
  });
}

}  // namespace

int main() {
  const double snp = snp_report();
  const double tpm = tpm_quote();
  std::printf("[{\"name\": \"verify-snp-report\", \"value\": %.4f, \"unit\": \"ms\", \"runs\": %d},\n", snp, runs);
  std::printf(" {\"name\": \"verify-tpm-quote\", \"value\": %.4f, \"unit\": \"ms\", \"runs\": %d}]\n", tpm, runs);
  return 0;
}
