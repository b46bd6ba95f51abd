// A GPT as a part of the layout of a whole disk.

#ifndef TSMEDIA_TOOLS_GPT_GPT_LAYOUT_H_
#define TSMEDIA_TOOLS_GPT_GPT_LAYOUT_H_

#include <string_view>

#include "absl/status/status.h"
#include "tools/base/extent.h"
#include "tools/gpt/gpt.h"

namespace tsmedia {

// What the regions of the table are called: the first sector; header and entries behind it; entries and header at the
// end of the disk.
inline constexpr std::string_view kProtectiveMbrRegion = "protective MBR";
inline constexpr std::string_view kPrimaryGptRegion = "primary GPT";
inline constexpr std::string_view kBackupGptRegion = "backup GPT";

// AddGpt puts both copies of the table into the layout of the disk, whose other extents must leave room for them, and
// makes the layout as large as the disk. Errors are those of WriteGpt.
absl::Status AddGpt(const Gpt& gpt, Layout* layout);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_GPT_GPT_LAYOUT_H_
