// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/cli.hpp"
#include "join/document.hpp"

namespace asterism::join {

/// Where the node's document may come from, and what is left for the units that start later.
struct FetchOptions {
  std::string esp = "/dev/disk/by-partlabel/esp";
  std::string fw_cfg = document_in_fw_cfg;
  std::string dmi = "/sys/class/dmi/id";
  std::string platform = "/run/asterism/platform";

  /// --esp, --fw-cfg, --dmi and --platform; the options outlive the parsing.
  void add_to(CLI::App& app);
};

/// Copies the first document that needs no network to `output` (mode 0600). Where there is none and the machine is in a
/// known cloud, the cloud's name is in the file `platform` afterwards; else the node stays on its own, as it does for
/// an empty document.
/// @errors those of read_document() and read_fw_cfg_document(); `io`.
[[nodiscard]] Result<> fetch_document(const FetchOptions& options, const std::string& output);

/// Copies the document in the user data of the cloud that the file `platform` names to `output`, if there is one.
/// @errors `not_found` and `corrupt` for that file; those of ask_for_document(); `io`.
[[nodiscard]] Result<> fetch_user_data(const std::string& platform, const std::string& output);

}  // namespace asterism::join
