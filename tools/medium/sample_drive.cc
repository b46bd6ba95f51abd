#include "tools/medium/sample_drive.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_sink.h"
#include "tools/base/bytes.h"
#include "tools/base/render.h"
#include "tools/fat/fat_layout.h"
#include "tools/gpt/gpt.h"
#include "tools/gpt/gpt_layout.h"

namespace tsmedia {
namespace {

void MustBeOk(const absl::Status& status) {
  if (!status.ok()) {
    std::cerr << status << "\n";
    std::abort();
  }
}

}  // namespace

Layout SampleFat(const DriveFiles& files, uint32_t sector_size) {
  std::vector<FatFile> list;
  for (const auto& [path, bytes] : files) {
    list.push_back({absl::StrCat("/", path), bytes.size(), InlineBytes{bytes}});
  }
  absl::StatusOr<Layout> layout = LayoutFat({.sector_size = sector_size, .serial = 7, .label = "SAMPLE"}, list);
  MustBeOk(layout.status());
  return *std::move(layout);
}

Layout SampleDrive(const std::vector<DriveFiles>& file_systems, uint32_t sector_size) {
  Layout drive;
  Gpt gpt = {.sector_size = sector_size, .disk_id = {1}};
  uint64_t lba = FirstUsableLba(sector_size);
  for (const DriveFiles& files : file_systems) {
    const uint32_t number = static_cast<uint32_t>(gpt.partitions.size()) + 1;
    Layout fat = SampleFat(files, sector_size);
    gpt.partitions.push_back({.number = number,
                              .type = number == 1 ? EfiSystemType() : MicrosoftBasicDataType(),
                              .id = {static_cast<uint8_t>(number)},
                              .first_lba = lba,
                              .last_lba = lba + fat.size / sector_size - 1});
    for (Extent& extent : fat.extents) {
      extent.offset += lba * sector_size;
      extent.region = absl::StrCat("partition ", number, ": ", extent.region);
      drive.extents.push_back(std::move(extent));
    }
    lba += fat.size / sector_size;
  }
  // Behind the partitions: what the backup needs, as much as the primary copy without its MBR.
  gpt.sectors = lba + FirstUsableLba(sector_size) - 1;
  MustBeOk(AddGpt(gpt, &drive));
  return drive;
}

std::string SampleBytes(const Layout& layout) {
  StringSink sink;
  MustBeOk(Render(layout, {}, 0, layout.size, &sink));
  return sink.TakeBytes();
}

}  // namespace tsmedia
