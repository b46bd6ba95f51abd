// Names under which plans know their inputs.

#ifndef TSMEDIA_TOOLS_PLAN_INPUT_NAMES_H_
#define TSMEDIA_TOOLS_PLAN_INPUT_NAMES_H_

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace tsmedia {

inline constexpr std::string_view kManifestInput = "manifest";
inline constexpr std::string_view kSignatureInput = "signature";

inline std::string PackInputName(std::string_view package_id, std::string_view version) {
  return absl::StrCat("pack/", package_id, "/", version);
}

// `path` is a boot file's path on the medium.
inline std::string BootInputName(std::string_view path) { return absl::StrCat("boot/", path); }

// `path` is the path on the medium of the identity, or of a sealed object.
inline std::string SealedInputName(std::string_view path) { return absl::StrCat("sealed/", path); }

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_INPUT_NAMES_H_
