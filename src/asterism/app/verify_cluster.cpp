// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include "asterism/app/cluster_arguments.hpp"
#include "asterism/app/commands.hpp"
#include "common/cli.hpp"
#include "join/connect.hpp"
#include "join/members.hpp"

namespace asterism::cli {
namespace {

using join::ask_for_members;
using join::connect_to;
using join::Member;
using join::MemberVerdict;
using join::verify_members;

constexpr std::chrono::seconds connect_timeout{10};

struct Arguments {
  ClusterArguments cluster;
  bool json = false;
};

std::string joined(const auto& words, std::string_view between) {
  std::string text;
  for (const auto& word : words)
    text += std::format("{}{}", text.empty() ? "" : between, word);
  return text;
}

Json to_json(const MemberVerdict& verdict) {
  return Json::Object{{"node", verdict.member.name},
                      {"image", joined(verdict.images, ", ")},
                      {"evidence", joined(verdict.member.kinds, ", ")},
                      {"firmware", verdict.member.firmware},
                      {"identity", verdict.member.owner},
                      {"joined", format_timestamp(verdict.member.joined)},
                      {"as_expected", verdict.reason.empty()},
                      {"reason", verdict.reason}};
}

std::string table(const std::vector<MemberVerdict>& verdicts) {
  const auto row = [](std::string_view node, std::string_view image, std::string_view kinds, std::string_view firmware,
                      std::string_view pcrs, std::string_view time) {
    return std::format("{:20} {:24} {:10} {:24} {:13} {}\n", node, image, kinds, firmware, pcrs, time);
  };
  std::string text = row("NODE", "IMAGE", "EVIDENCE", "FIRMWARE", "VERDICT", "JOINED");
  for (const MemberVerdict& verdict : verdicts) {
    const Member& member = verdict.member;
    text += row(member.name, joined(verdict.images, ", "), joined(member.kinds, ","), printable(member.firmware),
                verdict.reason.empty() ? "as expected" : "NOT EXPECTED", format_timestamp(member.joined));
    if (!verdict.reason.empty()) text += std::format("  {}\n", printable(verdict.reason));
  }
  return text;
}

Result<> verify(const Arguments& arguments) {
  const Timestamp now = current_time();
  ASTERISM_TRY(const auto view, load_cluster(arguments.cluster, now));
  ASTERISM_TRY(auto socket, connect_to(view.endpoint, connect_timeout));
  ASTERISM_TRY(const auto list, ask_for_members(std::move(socket), view.config, view.key), "{}",
               view.endpoint.to_string());
  ASTERISM_TRY(const auto verdicts, verify_members(list, view.config.cluster, *view.references, view.rules, now));
  Json::Array members;
  for (const MemberVerdict& verdict : verdicts)
    members.push_back(to_json(verdict));
  const Json document{Json::Object{{"cluster", view.config.cluster}, {"members", std::move(members)}}};
  ASTERISM_CHECK(print_out(arguments.json ? document.to_text() : table(verdicts)));
  const auto bad = std::ranges::find_if(verdicts, [](const auto& v) { return !v.reason.empty(); });
  if (bad == verdicts.end()) return {};
  return fail(Errc::unverified, "{}: {}", bad->member.name, bad->reason);
}

}  // namespace

Command add_verify(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("verify", "verifies a cluster: its join service, then each member's evidence");
  arguments->cluster.add_to(*verb, "host:port of the join service");
  verb->add_flag("--json", arguments->json, "print JSON");
  return [arguments] { return verify(*arguments); };
}

}  // namespace asterism::cli
