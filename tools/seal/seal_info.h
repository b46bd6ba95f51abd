// SealInfo (seal.proto): reading and writing.

#ifndef TSMEDIA_TOOLS_SEAL_SEAL_INFO_H_
#define TSMEDIA_TOOLS_SEAL_SEAL_INFO_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/seal/seal.pb.h"

namespace tsmedia {

// First field of every SealInfo.
inline constexpr std::string_view kSealInfoContext = "tsmedia/sealinfo/v1";

// ParseSealInfo takes only the canonical form of a SealInfo whose fields fit each other. ReadSealInfo reads the file at
// `path`; errors name it.
absl::StatusOr<SealInfo> ParseSealInfo(std::string_view bytes);
absl::StatusOr<SealInfo> ReadSealInfo(const std::string& path);

// WriteSealInfo validates `info` and writes it to `path` in one step.
absl::Status WriteSealInfo(const SealInfo& info, const std::string& path);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEAL_SEAL_INFO_H_
