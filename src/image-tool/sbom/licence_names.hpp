// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace asterism::image_tool {

/// The SPDX identifier of a licence's short name in Debian's copyright format, or of a name that is one already; case
/// does not count. None where the name does not say exactly one licence of SPDX's list ("public-domain", "custom").
/// @source "Machine-readable debian/copyright file" 1.0, section 7.1; SPDX License List 3.25.
[[nodiscard]] std::optional<std::string_view> spdx_licence(std::string_view short_name);

/// The SPDX identifier of an exception by the words between "with" and "exception", e.g. "Linux-syscall-note".
[[nodiscard]] std::optional<std::string_view> spdx_exception(std::string_view name);

}  // namespace asterism::image_tool
