// The two names of a content package: what may be in them.

#ifndef TSMEDIA_TOOLS_BASE_PACKAGE_ID_H_
#define TSMEDIA_TOOLS_BASE_PACKAGE_ID_H_

#include <string_view>

#include "absl/status/status.h"

namespace tsmedia {

// ValidatePackageId is InvalidArgument unless `id` is eight characters of A-Z and 0-9, the form of Configuration
// Manager's package IDs (site code and a number).
absl::Status ValidatePackageId(std::string_view id);

// ValidatePackageVersion is InvalidArgument unless `version` is 1 to 32 characters of A-Z, a-z, 0-9 and `._+~-`, the
// first one a letter or digit: it is a directory's name on the medium, in every file system that a medium can have.
absl::Status ValidatePackageVersion(std::string_view version);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_PACKAGE_ID_H_
