// A medium on a drive with FAT: the image of a whole drive, such a drive, one of its partitions, or a stick.

#ifndef TSMEDIA_TOOLS_MEDIUM_DRIVE_MEDIUM_H_
#define TSMEDIA_TOOLS_MEDIUM_DRIVE_MEDIUM_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/ranges_source.h"
#include "tools/medium/fat_files.h"
#include "tools/medium/medium.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {

// DriveMedium is the union of FAT file systems. Where one begins the image, it is the only one: a partition, or a stick
// without a partition table. Else they are those of the GUID partition table, for sectors of 512 or 4096 bytes, as an
// image does not say which it has. The file system with the manifest comes first, then the others in the table's order;
// a file is that of the first one that has it.
class DriveMedium : public Medium {
 public:
  // Open reads the table and finds the manifest. InvalidArgument if there is neither a FAT file system nor a GUID
  // partition table, NotFound if none of the file systems has a manifest, DataLoss if something is damaged that may
  // have hidden it.
  static absl::StatusOr<std::unique_ptr<DriveMedium>> Open(std::shared_ptr<const ByteSource> image, bool is_device);

  const std::string& name() const override { return image_->name(); }
  absl::StatusOr<std::unique_ptr<ByteSource>> OpenFile(std::string_view path) const override;
  absl::StatusOr<std::vector<std::string>> ListFiles() const override;
  const ByteSource* image() const override { return image_.get(); }
  MediaFormat format() const override { return has_table_ ? USB : MEDIA_FORMAT_UNSPECIFIED; }
  bool ends_with_image() const override { return !is_device_; }
  absl::StatusOr<std::vector<ByteRange>> Locate(std::string_view path) const override;

 private:
  DriveMedium(std::shared_ptr<const ByteSource> image, bool is_device)
      : image_(std::move(image)), is_device_(is_device) {}
  absl::Status OpenFileSystems();
  absl::Status OpenPartitions();
  absl::Status PutManifestFirst();

  std::shared_ptr<const ByteSource> image_;
  const bool is_device_;
  bool has_table_ = false;
  std::vector<std::unique_ptr<FatFiles>> file_systems_;
  absl::Status damage_;  // why a file system may be missing in `file_systems_`
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIUM_DRIVE_MEDIUM_H_
