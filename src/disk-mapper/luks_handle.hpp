// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/handle.hpp"
#include "disk-mapper/header/image.hpp"

struct crypt_device;
extern "C" void crypt_free(crypt_device* device);

namespace asterism::disk_mapper {

/// libcryptsetup's context.
using CryptDevice = Handle<crypt_device, ::crypt_free>;

/// libcryptsetup's negative errno, with the last line that it logged.
[[nodiscard]] Error crypt_error(int result, std::string_view doing);

/// Loads a header from memory. @param data_device the device that it describes, or empty.
/// @errors `corrupt` where libcryptsetup refuses it.
[[nodiscard]] Result<CryptDevice> load_header(const HeaderFile& header, const std::string& data_device);

}  // namespace asterism::disk_mapper
