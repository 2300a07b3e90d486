// SPDX-License-Identifier: Apache-2.0
#include "node-console/banner.hpp"

#include <algorithm>
#include <format>

#include "node-console/text.hpp"

namespace asterism::node_console {
namespace {

constexpr std::size_t text_limit = 64;
constexpr std::string_view release_variant = "release";

std::string_view secure_boot_text(SecureBoot state) {
  switch (state) {
    case SecureBoot::on:
      return "on";
    case SecureBoot::off:
      return "off";
    case SecureBoot::no_efi:
      return "no EFI firmware";
    case SecureBoot::unknown:
      break;
  }
  return "unknown";
}

std::string fact(std::string_view name, std::string_view value) {
  return std::format("  {:<12} {}\n", name, value);
}

std::string warning(const OsRelease& os) {
  if (os.variant == release_variant) return {};
  const std::string_view what = os.variant == "debug" ? "DEBUG IMAGE" : "NOT A RELEASE IMAGE";
  return std::format(
      "  *** {}: has a shell or other tools inside. Its measurements differ, ***\n"
      "  *** no secret of a node is given to it. Never run it in production. ***\n",
      what);
}

std::string pcr_lines(const NodeFacts& facts) {
  if (!facts.has_tpm) return fact("TPM", "no TPM");
  std::string text;
  for (const unsigned pcr : shown_pcrs) {
    const auto value = facts.pcrs.find(pcr);
    text += fact(std::format("PCR {}", pcr), value == facts.pcrs.end() ? "unknown" : value->second);
  }
  return text;
}

std::string address_lines(const NodeFacts& facts) {
  if (facts.addresses.empty()) return fact("address", "none");
  std::string text;
  for (const auto& address : facts.addresses)
    text += fact("address", shown(address, text_limit));
  return text;
}

std::string start_up_line(const std::optional<UnitSnapshot>& units) {
  if (!units || !units->start_up) return {};
  using Seconds = std::chrono::duration<double>;
  const StartUp& took = *units->start_up;
  return fact("start-up", std::format("kernel {:.2f} s, initramfs {:.2f} s", Seconds{took.kernel}.count(),
                                      Seconds{took.initramfs}.count()));
}

std::string agent_lines(const std::optional<UnitSnapshot>& units) {
  if (!units) return fact("agents", "unknown");
  std::string text = "  agents\n";
  for (const auto& unit : units->agents) {
    const auto agent = summarise(unit);
    text += std::format("    {:<24} {}\n", agent.name, describe(agent));
  }
  return text;
}

}  // namespace

std::string render_banner(const NodeReport& report) {
  const NodeFacts& facts = report.facts;
  std::string text =
      std::format("\n{} {} ({})\n", shown_or_unknown(facts.os.name, text_limit),
                  shown_or_unknown(facts.os.version, text_limit), shown_or_unknown(facts.os.variant, text_limit));
  text += warning(facts.os);
  text += fact("root hash", facts.root_hash.value_or("unknown"));
  text += fact("Secure Boot", secure_boot_text(facts.secure_boot));
  text += pcr_lines(facts);
  text += fact("host name", shown_or_unknown(facts.host_name, text_limit));
  text += address_lines(facts);
  text += start_up_line(report.units);
  text += agent_lines(report.units);
  return text;
}

}  // namespace asterism::node_console
