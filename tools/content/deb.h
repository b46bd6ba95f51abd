// Debian binary packages: an `ar` archive with the files in its member data.tar (deb(5)).

#ifndef TSMEDIA_TOOLS_CONTENT_DEB_H_
#define TSMEDIA_TOOLS_CONTENT_DEB_H_

#include <memory>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"

namespace tsmedia {

// IsAr returns whether `source` begins like an `ar` archive.
absl::StatusOr<bool> IsAr(const ByteSource& source);

// OpenDebData returns the bytes of the member data.tar, data.tar.gz, data.tar.xz or data.tar.zst of a Debian package.
// `source` must outlive it. An `ar` archive that is no Debian package of format 2 is InvalidArgument, damage DataLoss.
absl::StatusOr<std::unique_ptr<ByteSource>> OpenDebData(const ByteSource* source);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_DEB_H_
