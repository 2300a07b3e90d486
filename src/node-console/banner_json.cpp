// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <format>

#include "common/json.hpp"
#include "node-console/banner.hpp"
#include "node-console/text.hpp"

namespace asterism::node_console {
namespace {

constexpr std::size_t text_limit = 256;

Json text_or_null(std::string_view text) {
  return text.empty() ? Json{} : Json{shown(text, text_limit)};
}

Json secure_boot(SecureBoot state) {
  switch (state) {
    case SecureBoot::on:
      return "on";
    case SecureBoot::off:
      return "off";
    case SecureBoot::no_efi:
      return "no-efi";
    case SecureBoot::unknown:
      break;
  }
  return "unknown";
}

Json pcrs(const NodeFacts& facts) {
  if (!facts.has_tpm) return {};
  Json::Object bank;
  for (const unsigned pcr : shown_pcrs) {
    const auto value = facts.pcrs.find(pcr);
    bank.emplace(std::format("{}", pcr), value == facts.pcrs.end() ? Json{} : Json{value->second});
  }
  return Json::Object{{"sha256", std::move(bank)}};
}

Json agents(const std::optional<UnitSnapshot>& units) {
  if (!units) return {};
  Json::Array list;
  for (const auto& unit : units->agents) {
    const auto agent = summarise(unit);
    list.emplace_back(
        Json::Object{{"name", agent.name}, {"state", to_string(agent.state)}, {"reason", text_or_null(agent.reason)}});
  }
  return list;
}

Json start_up(const std::optional<UnitSnapshot>& units) {
  if (!units || !units->start_up) return {};
  const StartUp& took = *units->start_up;
  return Json::Object{{"kernel_ms", static_cast<std::uint64_t>(took.kernel.count())},
                      {"initramfs_ms", static_cast<std::uint64_t>(took.initramfs.count())}};
}

}  // namespace

std::string render_json(const NodeReport& report) {
  const NodeFacts& facts = report.facts;
  Json::Array addresses;
  for (const auto& address : facts.addresses)
    addresses.emplace_back(shown(address, text_limit));
  return Json{Json::Object{
                  {"product", text_or_null(facts.os.name)},
                  {"version", text_or_null(facts.os.version)},
                  {"profile", text_or_null(facts.os.variant)},
                  {"root_hash", facts.root_hash ? Json{*facts.root_hash} : Json{}},
                  {"secure_boot", secure_boot(facts.secure_boot)},
                  {"pcrs", pcrs(facts)},
                  {"host_name", text_or_null(facts.host_name)},
                  {"addresses", std::move(addresses)},
                  {"start_up", start_up(report.units)},
                  {"agents", agents(report.units)},
                  {"ready", report.units ? Json{report.units->ready} : Json{}},
              }}
      .to_text();
}

}  // namespace asterism::node_console
