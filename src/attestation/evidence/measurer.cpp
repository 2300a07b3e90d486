// SPDX-License-Identifier: Apache-2.0
#include "attestation/evidence/measurer.hpp"

#include "common/fs.hpp"
#include "event-log/userspace_log.hpp"
#include "event-log/userspace_record.hpp"

namespace asterism::attestation {
namespace {

constexpr std::uint64_t log_bytes_max = 4U << 20;

}  // namespace

Result<> measure_words(tpm::Pcrs& pcrs, const std::string& log, const std::string& event_type,
                       const std::string& words) {
  ASTERISM_TRY(const auto banks, pcrs.active_banks());
  ASTERISM_CHECK(event_log::log_userspace_event(log, identity_pcr, banks, event_type, words),
                 "the log of measurements");
  ASTERISM_CHECK(pcrs.extend(identity_pcr, as_bytes(words)), "extending PCR {}", identity_pcr);
  return {};
}

Result<std::vector<MeasuredEvent>> read_measured_events(const std::string& log, HashAlgorithm bank) {
  const auto text = read_text_file(log, log_bytes_max);
  if (!text && text.error().code() == Errc::not_found) return std::vector<MeasuredEvent>{};
  if (!text) return std::unexpected{text.error()};
  ASTERISM_TRY(const auto records, event_log::parse_userspace_log(*text), "'{}'", log);
  std::vector<MeasuredEvent> events;
  for (const event_log::UserspaceEvent& record : records) {
    if (record.pcr != identity_pcr) continue;
    const auto found = record.digests.find(bank);
    if (found == record.digests.end()) {
      return fail(Errc::unsupported, "'{}': a record without a digest of bank {}", log, to_string(bank));
    }
    MeasuredEvent event{.text = record.text, .digest = {}};
    ASTERISM_TRY(const auto of_words, hash(bank, as_bytes(record.text)));
    if (of_words != found->second || printable(record.text) != record.text || record.text.empty()) {
      event = {.text = {}, .digest = found->second};
    }
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace asterism::attestation
