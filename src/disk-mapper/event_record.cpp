// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/event_record.hpp"

#include "common/json.hpp"

namespace asterism::disk_mapper {

std::string to_log_text(const EventRecord& record) {
  Json::Array digests;
  for (const auto& [algorithm, digest] : record.digests)
    digests.emplace_back(Json::Object{{"hashAlg", to_string(algorithm)}, {"digest", digest.hex()}});
  return "\x1e" + Json{Json::Object{{"pcr", record.pcr},
                                    {"digests", std::move(digests)},
                                    {"content_type", "systemd"},
                                    {"content", Json::Object{{"string", record.text},
                                                             {"bootId", record.boot_id},
                                                             {"timestamp", record.time_us},
                                                             {"eventType", "state-disk"}}}}}
                      .to_text();
}

}  // namespace asterism::disk_mapper
