// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "attestation/tdx/authenticate.hpp"

namespace asterism::attestation {
namespace {

bool at_least(Bytes svns, Bytes floor, std::size_t from) {
  for (std::size_t i = from; i < svns.size(); ++i) {
    if (svns[i] < floor[i]) return false;
  }
  return true;
}

void take(TcbVerdict& verdict, TcbStatus status, const std::vector<std::string>& advisories) {
  verdict.status = merge(verdict.status, status);
  for (const std::string& advisory : advisories) {
    if (!std::ranges::contains(verdict.advisories, advisory)) verdict.advisories.push_back(advisory);
  }
}

/// Major version of the TDX module; 0 is the module of TDX 1.0, which has no levels of its own.
std::uint8_t module_version(const TdBody& body) {
  return std::to_integer<std::uint8_t>(body.tee_tcb_svn[1]);
}

Result<> judge_platform(const AuthenticQuote& authentic, TcbVerdict& verdict) {
  const TdBody& body = authentic.quote.body;
  const std::size_t first = module_version(body) == 0 ? 0 : 2;
  for (const TcbLevel& level : authentic.tcb_info.levels) {
    if (at_least(authentic.pck.components, level.sgx, 0) && authentic.pck.pce_svn >= level.pce_svn &&
        at_least(body.tee_tcb_svn, level.tdx, first)) {
      verdict.status = level.status;
      verdict.advisories = level.advisories;
      return {};
    }
  }
  return fail(Errc::unverified, "tcb: the platform is below every level that Intel lists (tee_tcb_svn {}, pcesvn {})",
              to_hex(body.tee_tcb_svn), authentic.pck.pce_svn);
}

Result<const SvnLevel*> level_of(const std::vector<SvnLevel>& levels, std::uint16_t svn, std::string_view what) {
  for (const SvnLevel& level : levels) {
    if (svn >= level.isv_svn) return &level;
  }
  return fail(Errc::unverified, "{}: security version {} is below every level that Intel lists", what, svn);
}

Result<> judge_module(const AuthenticQuote& authentic, TcbVerdict& verdict) {
  const TdBody& body = authentic.quote.body;
  const TdxModuleIdentity* module = &authentic.tcb_info.module;
  if (const auto version = module_version(body); version != 0) {
    const std::string id = std::format("TDX_{:02X}", version);
    const auto found = std::ranges::find(authentic.tcb_info.module_identities, id, &TdxModuleIdentity::id);
    if (found == authentic.tcb_info.module_identities.end()) {
      return fail(Errc::unverified, "tdx_module: Intel lists no module {}", id);
    }
    module = &*found;
  }
  if (body.mr_signer_seam != module->mr_signer) return fail(Errc::unverified, "mr_signer_seam: not Intel's TDX module");
  if ((body.seam_attributes & module->attributes_mask) != module->attributes) {
    return fail(Errc::unverified, "seam_attributes: {:#x}", body.seam_attributes);
  }
  if (module->id.empty()) return {};
  ASTERISM_TRY(const auto* level,
               level_of(module->levels, std::to_integer<std::uint8_t>(body.tee_tcb_svn[0]), "tdx_module"));
  take(verdict, level->status, level->advisories);
  return {};
}

Result<> judge_quoting_enclave(const AuthenticQuote& authentic, TcbVerdict& verdict) {
  const QeReport& report = authentic.quote.qe_report;
  const QeIdentity& identity = authentic.qe_identity;
  if (report.mr_signer != identity.mr_signer) return fail(Errc::unverified, "qe_report.mr_signer: not Intel's");
  if (report.isv_prod_id != identity.isv_prod_id) {
    return fail(Errc::unverified, "qe_report.isv_prod_id: {} instead of {}", report.isv_prod_id, identity.isv_prod_id);
  }
  if ((report.misc_select & identity.misc_select_mask) != identity.misc_select) {
    return fail(Errc::unverified, "qe_report.misc_select: {:#x}", report.misc_select);
  }
  for (std::size_t i = 0; i < report.attributes.size(); ++i) {
    if ((report.attributes[i] & identity.attributes_mask[i]) != identity.attributes[i]) {
      return fail(Errc::unverified, "qe_report.attributes: {}", to_hex(report.attributes));
    }
  }
  ASTERISM_TRY(const auto* level, level_of(identity.levels, report.isv_svn, "qe_report.isv_svn"));
  take(verdict, level->status, level->advisories);
  return {};
}

}  // namespace

Result<TcbVerdict> judge_tcb(const AuthenticQuote& authentic) {
  TcbVerdict verdict;
  ASTERISM_CHECK(judge_platform(authentic, verdict), "TDX quote");
  ASTERISM_CHECK(judge_module(authentic, verdict), "TDX quote");
  ASTERISM_CHECK(judge_quoting_enclave(authentic, verdict), "TDX quote");
  return verdict;
}

}  // namespace asterism::attestation
