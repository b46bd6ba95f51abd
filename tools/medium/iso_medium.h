// A medium as the ISO 9660 image that it was made as.

#ifndef TSMEDIA_TOOLS_MEDIUM_ISO_MEDIUM_H_
#define TSMEDIA_TOOLS_MEDIUM_ISO_MEDIUM_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/iso9660/iso_reader.h"
#include "tools/medium/medium.h"

namespace tsmedia {

class IsoMedium : public Medium {
 public:
  // Open reads all directories of the tree with `names`, once. Damage to some of them leaves the files of the others.
  static absl::StatusOr<std::unique_ptr<IsoMedium>> Open(std::shared_ptr<const ByteSource> image, IsoNames names,
                                                         bool is_device);

  const std::string& name() const override { return image_->name(); }
  absl::StatusOr<std::unique_ptr<ByteSource>> OpenFile(std::string_view path) const override;
  absl::StatusOr<std::vector<std::string>> ListFiles() const override;
  const ByteSource* image() const override { return image_.get(); }
  MediaFormat format() const override { return ISO; }
  bool ends_with_image() const override { return !is_device_; }
  absl::StatusOr<std::vector<ByteRange>> Locate(std::string_view path) const override;

 private:
  IsoMedium(std::shared_ptr<const ByteSource> image, std::unique_ptr<IsoReader> reader, bool is_device)
      : image_(std::move(image)), reader_(std::move(reader)), is_device_(is_device) {}
  absl::StatusOr<const IsoEntry*> Find(std::string_view path) const;

  std::shared_ptr<const ByteSource> image_;
  std::unique_ptr<IsoReader> reader_;
  bool is_device_;
  std::map<std::string, IsoEntry, std::less<>> files_;  // by path, without a leading slash
  absl::Status walk_status_;                            // why files may be missing in `files_`
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIUM_ISO_MEDIUM_H_
