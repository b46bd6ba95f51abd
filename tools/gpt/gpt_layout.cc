#include "tools/gpt/gpt_layout.h"

#include <cstdint>
#include <string>
#include <utility>

#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

Extent Structure(uint64_t offset, std::string bytes, std::string_view region) {
  const uint64_t size = bytes.size();
  return {offset, size, InlineBytes{std::move(bytes)}, std::string(region), true};
}

}  // namespace

absl::Status AddGpt(const Gpt& gpt, Layout* layout) {
  TSM_ASSIGN_OR_RETURN(GptBytes bytes, WriteGpt(gpt));
  layout->size = gpt.sectors * gpt.sector_size;
  const uint64_t backup_offset = layout->size - bytes.backup.size();
  layout->extents.push_back(Structure(backup_offset, std::move(bytes.backup), kBackupGptRegion));
  layout->extents.insert(layout->extents.begin(),
                         {Structure(0, bytes.primary.substr(0, gpt.sector_size), kProtectiveMbrRegion),
                          Structure(gpt.sector_size, bytes.primary.substr(gpt.sector_size), kPrimaryGptRegion)});
  return absl::OkStatus();
}

}  // namespace tsmedia
